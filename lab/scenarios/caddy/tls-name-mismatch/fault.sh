sed -i '/tls_server_name/d' /etc/caddy/Caddyfile
systemctl reload caddy
eventually sees http://shop.test/ 502
