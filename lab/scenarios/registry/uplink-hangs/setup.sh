upstream_registry
verdaccio_up '    maxage: 0s'
sed -i '/proxy_pass/a proxy_read_timeout 2s;' /etc/nginx/sites-available/npm
nginx_reload
