authority root
authority other
certificate api root api.internal
tls_app api 8443
haproxy_backend 'server a 127.0.0.1:8443 ssl verify required ca-file /etc/ssl/lab/root.crt check inter 200ms fall 2 rise 1'
haproxy_up
