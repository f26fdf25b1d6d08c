proxy_site shop http://127.0.0.1:9000
nginx_reload
