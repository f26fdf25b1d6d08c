sed -i 's#scgi_pass 127#proxy_pass http://127#' /etc/nginx/sites-available/app
nginx_reload
