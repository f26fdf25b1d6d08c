nft add table inet guard
nft add chain inet guard out '{ type filter hook output priority 0; }'
nft add rule inet guard out oifname lo tcp dport 3000 drop
