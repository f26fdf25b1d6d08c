nft -f - <<'EOF'
table inet egress {
    chain output {
        type filter hook output priority 0; policy accept;
        ct state established,related accept
        meta skuid "www-data" counter reject
    }
}
EOF
