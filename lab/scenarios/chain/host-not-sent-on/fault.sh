sed -i '/proxy_set_header Host/d' /etc/nginx/sites-available/shop
nginx_reload
