proxy_site shop http://127.0.0.1:3031
nginx_reload
