authority company
certificate api company api.internal
tls_app api 8443
tls_site api 'proxy_ssl_protocols TLSv1.2;'
nginx_up
