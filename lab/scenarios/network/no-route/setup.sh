eventually curl -sf --max-time 1 http://198.51.100.7:8080/
proxy_site api http://198.51.100.7:8080
nginx_up
