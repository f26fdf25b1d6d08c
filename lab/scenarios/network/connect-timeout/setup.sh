eventually curl -sf --max-time 1 http://192.0.2.66:8080/
proxy_site api http://192.0.2.66:8080 'proxy_connect_timeout 2s;'
nginx_up
