authority company
intermediate division company
intermediate team division
certificate api division api.internal
cat /etc/ssl/lab/division.crt >>/etc/ssl/lab/api.crt
tls_app api 8443
tls_site api
nginx_up
