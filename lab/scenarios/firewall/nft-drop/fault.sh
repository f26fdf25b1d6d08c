nft -f - <<'EOF'
table inet filter {
    chain input {
        type filter hook input priority 0; policy accept;
        ct state established,related accept
        tcp dport { 22, 80, 443 } accept
        tcp dport 3000-3999 counter drop
    }
}
EOF
