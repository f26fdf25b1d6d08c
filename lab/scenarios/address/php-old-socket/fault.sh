sed -i "s#unix:$PHP_SOCKET#unix:/run/php/php7.4-fpm.sock#" /etc/nginx/snippets/php.conf
nginx_reload
