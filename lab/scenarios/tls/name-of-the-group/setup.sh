authority company
certificate api company api.company.internal
tls_app api 8443
echo '127.0.0.1 api.company.internal' >>/etc/hosts
proxy_site api https://api.company.internal:8443 'proxy_ssl_verify on; proxy_ssl_trusted_certificate /etc/ssl/lab/company.crt;'
nginx_up
