nft add table inet guard
nft add chain inet guard out '{ type filter hook output priority 0; }'
nft add rule inet guard out ip daddr 192.0.2.66 tcp dport 8080 drop
