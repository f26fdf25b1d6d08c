node_app shop 'Environment=PORT=3000' <<<"$NODE_HELLO"
start shop 3000
mkdir -p /var/log/envoy
{
    envoy_http 0.0.0.0 80 | sed 's/stdout$/file/; s/stream.v3.StdoutAccessLog/file.v3.FileAccessLog\n              path: \/var\/log\/envoy\/access.log/'
    cat <<'EOF'
            - name: rest
              domains: ["*"]
              routes:
                - match: {prefix: /}
                  direct_response: {status: 404}
            - name: shop
              domains: ["*.shop.test", shop.test]
              routes:
                - match: {path: /}
                  route: {cluster: pages}
                - match: {prefix: /list}
                  route: {cluster: shop, prefix_rewrite: /all, timeout: 4s}
  clusters:
EOF
    envoy_cluster pages 4000
    envoy_cluster shop 3000
} | envoy_conf
envoy_up
eventually sees http://shop.test/list 200
