sed -i 's/ max_fails=3;/ max_fails=3 down;/' /etc/nginx/snippets/pools.conf
nginx_reload
