nft -f - <<'EOF'
table inet filter {
    chain raw-in {
        type filter hook prerouting priority raw;
        tcp dport 80 notrack
    }
    chain raw-out {
        type filter hook output priority raw;
        tcp sport 80 notrack
        oifname "lo" notrack
    }
    chain input {
        type filter hook input priority filter; policy accept;
        ct state established,related accept
        tcp dport 3306 drop
    }
}
EOF
eventually curl -sf --max-time 1 http://192.0.2.66:8080/
proxy_site api http://192.0.2.66:8080 'proxy_connect_timeout 2s;'
nginx_up
