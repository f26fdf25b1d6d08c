cat >/etc/nftables.conf <<'EOF'
flush ruleset
table inet filter {
    chain input {
        type filter hook input priority filter; policy accept;
        ct state established,related accept
        tcp dport 80 accept
        tcp dport 3000 counter reject with tcp reset
    }
}
EOF
nft -f /etc/nftables.conf
