sed -i '/rootCAs/,$d' /etc/traefik/routes/shop.yml
eventually sees http://shop.test/ 500
