sed -i 's#server unix:[^;]*#server 127.0.0.1:9000#' /etc/nginx/conf.d/php-backend.conf
nginx_reload
