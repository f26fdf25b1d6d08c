echo '192.0.2.20 orders.internal' >>/etc/hosts
eventually curl -sf --max-time 1 http://192.0.2.20:3000/
proxy_site api http://orders.internal:3000
nginx_up
