authority company
certificate api company api.internal
tls_app api 8443
tls_site api
nginx_up
