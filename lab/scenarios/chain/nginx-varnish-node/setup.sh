varnish_api 6081
proxy_site api http://127.0.0.1:6081
nginx_up
