echo '192.0.2.10 orders.internal' >>/etc/hosts
node_app orders 'Environment=PORT=3000 HOST=192.0.2.10' <<<"$NODE_HELLO"
start orders 192.0.2.10:3000
name_server 'address=/invoices.internal/192.0.2.10'
conf resolver <<<'resolver 127.0.0.1:5353 ipv6=off;'
proxy_site api http://orders.internal:3000
nginx_up
