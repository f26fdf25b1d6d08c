eventually curl -sf --max-time 1 http://192.0.2.66:8080/
conf far <<<'upstream far { server 192.0.2.66:8080; }'
proxy_site api http://far
nginx_up
