sed -i 's/:3000/:3001/' /etc/traefik/routes/shop.toml
eventually sees http://shop.test/api/list 502
