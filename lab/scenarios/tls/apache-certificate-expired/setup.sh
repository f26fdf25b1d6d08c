authority root
certificate api root api.test
tls_app api 8443
apache_modules ssl proxy proxy_http
apache_proxy api https://127.0.0.1:8443/ 'SSLProxyEngine On'
apache_up
