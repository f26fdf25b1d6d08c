authority root
certificate api root api.internal
tls_app api 8443
apache_modules ssl proxy proxy_http
apache_proxy api https://api.internal:8443/ 'SSLProxyEngine On'
echo '127.0.0.1 api.internal' >>/etc/hosts
sed -i 's/ProxyPreserveHost On//' /etc/apache2/sites-available/api.conf
apache_up
