node_app shop <<<"$NODE_HELLO"
start shop.service 3000
proxy_site shop http://127.0.0.1:3000 'add_header Cache-Control no-store;'
nginx_up
desk_up
edge_varnish 192.0.2.10:80
leads_to shop.test 203.0.113.2
