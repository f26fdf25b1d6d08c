sed -i 's#127.0.0.1:3000#127.0.0.1:80#' /etc/nginx/sites-available/20-inner
nginx_reload
