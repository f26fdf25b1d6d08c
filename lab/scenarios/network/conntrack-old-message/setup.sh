nft add table inet filter
nft add chain inet filter input '{ type filter hook input priority 0; }'
nft add rule inet filter input ct state established accept
eventually curl -sf --max-time 1 http://192.0.2.66:8080/
proxy_site api http://192.0.2.66:8080 'proxy_connect_timeout 2s;'
nginx_up
conntrack_full
hit http://192.0.2.66:8080/
conntrack -F 2>/dev/null
eventually curl -sf --max-time 1 http://192.0.2.66:8080/
