echo '192.0.2.20 orders.internal' >>/etc/hosts
eventually curl -sf --max-time 1 http://192.0.2.20:3000/
conf orders <<'CONF'
upstream orders {
    server orders.internal:3000 max_fails=0;
    keepalive 2;
}
CONF
proxy_site api http://orders
nginx_up
