echo '192.0.2.20 orders.internal' >>/etc/hosts
eventually curl -sf --max-time 1 http://192.0.2.20:3000/
haproxy_backend 'server o orders.internal:3000 check inter 1s'
haproxy_up
