sed -i '/tls_trusted_ca_certs/d' /etc/caddy/Caddyfile
systemctl reload caddy
eventually sees http://shop.test/ 502
