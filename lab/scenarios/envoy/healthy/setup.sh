node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
{
    envoy_http 0.0.0.0 80
    cat <<'EOF'
            - name: api
              domains: [api.test]
              routes:
                - match: {prefix: /old}
                  route: {cluster: old}
                - match: {prefix: /}
                  route: {cluster: api}
  clusters:
EOF
    envoy_cluster api 3000
    envoy_cluster old 3999
} | envoy_conf
envoy_up
eventually sees http://api.test/ 200
