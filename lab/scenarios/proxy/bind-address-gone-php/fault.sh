echo 'fastcgi_bind 203.0.113.4;' >/etc/nginx/conf.d/source.conf
nginx_reload
