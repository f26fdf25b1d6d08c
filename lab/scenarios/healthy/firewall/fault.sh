nft -f - <<'EOF'
table inet filter {
    chain input {
        type filter hook input priority 0; policy drop;
        ct state established,related accept
        iif "lo" tcp dport { 80, 3000 } accept
        tcp dport { 22, 80, 443 } accept
        counter comment "everything else"
    }
    chain output {
        type filter hook output priority 0; policy accept;
        meta skuid "www-data" tcp dport { 25, 465, 587 } counter reject
    }
}
EOF
curl -s --max-time 1 http://127.0.0.1:3999/ || :
