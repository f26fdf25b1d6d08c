authority root
certificate api root api.internal
tls_app api 8443
haproxy_backend 'server a 127.0.0.1:8443 ssl verify required ca-file /etc/ssl/lab/root.crt sni str(api.internal)'
haproxy_up
