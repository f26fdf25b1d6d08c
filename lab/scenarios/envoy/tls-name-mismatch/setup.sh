authority company
certificate shop company shop.internal
tls_app shop 8443
{
    envoy_http 0.0.0.0 80
    cat <<'CFG'
            - name: shop
              domains: [shop.test]
              routes:
                - match: {prefix: /}
                  route: {cluster: shop}
  clusters:
CFG
    envoy_cluster shop 8443 '    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        sni: shop.internal
        common_tls_context:
          validation_context:
            trusted_ca: {filename: /etc/ssl/lab/company.crt}
            match_typed_subject_alt_names:
              - san_type: DNS
                matcher: {exact: shop.internal}'
} | envoy_conf
envoy_up
eventually sees http://shop.test/ 200
echo "admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}" >>/etc/envoy/envoy.yaml
systemctl restart envoy
wait_port 80
eventually sees http://shop.test/ 200
