authority company
certificate api company api.internal
tls_app api 8443
proxy_site api https://127.0.0.1:8443
nginx_up
