eventually curl -sf --max-time 1 http://192.0.2.77:8080/
proxy_site api http://192.0.2.77:8080
nginx_up
