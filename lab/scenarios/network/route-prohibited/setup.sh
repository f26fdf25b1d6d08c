proxy_site app http://192.0.2.20:8080
nginx_up
