hit http://app.test/ 3
nft add table inet lock
nft add chain inet lock in '{ type filter hook input priority 0; }'
nft add rule inet lock in iif lo tcp dport 8000 drop
hit http://app.test/ 6
nft delete table inet lock
hit http://app.test/ 5
