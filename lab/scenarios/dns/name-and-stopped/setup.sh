echo '192.0.2.10 orders.internal' >>/etc/hosts
node_app orders 'Environment=PORT=3000 HOST=192.0.2.10' <<<"$NODE_HELLO"
start orders 192.0.2.10:3000
proxy_site api http://orders.internal:3000
nginx_up
