cat >/etc/nftables.conf <<'NFT'
table inet guard {
    set closed { type inet_service; elements = { 3306, 6379, 8080 }; }
    chain input {
        type filter hook input priority filter; policy accept;
        ct state established,related accept
        tcp dport @closed counter drop
    }
}
NFT
nft -f /etc/nftables.conf
