nft -f - <<'NFT'
table inet guard {
    set banned { type ipv4_addr; elements = { 203.0.113.77, 162.158.90.7 }; }
    chain in {
        type filter hook input priority filter - 1; policy accept;
        tcp dport { 80, 443 } ip saddr @banned reject with icmp port-unreachable
    }
}
NFT
as-cloudflare 173.245.48.2
if as-cloudflare 162.158.90.7; then exit 1; fi
