authority company
certificate api company api.internal
tls_app api 8443
tls_site api 'proxy_ssl_protocols TLSv1.2; proxy_ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;'
nginx_up
