node_app app <<<"$NODE_HELLO"
start app.service 3000
proxy_site app http://127.0.0.1:3000
nft -f - <<'EOF'
table inet filter {
    chain output {
        type filter hook output priority 0; policy accept;
        tcp dport 25 reject
    }
}
EOF
nginx_up
