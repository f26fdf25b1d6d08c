node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000

proxy_site api http://127.0.0.1:8080 "proxy_http_version 1.1;"
nginx_up
{
    envoy_http 127.0.0.1 8080
    cat <<'EOF'
            - name: api
              domains: [api.test]
              routes:
                - match: {prefix: /}
                  route: {cluster: api}
  clusters:
EOF
    envoy_cluster api 3000
} | envoy_conf
envoy_up 8080
eventually sees http://api.test/ 200
