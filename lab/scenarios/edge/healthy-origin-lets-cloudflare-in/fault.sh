nft -f - <<'NFT'
table inet guard {
    set cloudflare {
        type ipv4_addr; flags interval;
        elements = { 173.245.48.0/20, 103.21.244.0/22, 103.22.200.0/22, 103.31.4.0/22, 141.101.64.0/18, 108.162.192.0/18, 190.93.240.0/20, 188.114.96.0/20, 197.234.240.0/22, 198.41.128.0/17, 162.158.0.0/15, 104.16.0.0/13, 104.24.0.0/14, 172.64.0.0/13, 131.0.72.0/22 }
    }
    chain in {
        type filter hook input priority filter; policy drop;
        iif lo accept
        ct state established,related accept
        ip saddr 203.0.113.77 drop
        ip saddr @cloudflare tcp dport { 80, 443 } accept
        meta nfproto ipv6 accept
    }
}
NFT
as-cloudflare 173.245.48.2
as-cloudflare 162.158.90.7
