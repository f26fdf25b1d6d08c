long=$(printf 'read:%.0s' $(seq 500))
sed -i "s#uwsgi_pass .*#&\n        uwsgi_param X_PERMISSIONS \"$long\";\n        uwsgi_param X_ROLES \"$long\";#" /etc/nginx/sites-available/shop
nginx_reload
