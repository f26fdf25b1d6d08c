authority company
certificate shop company shop.test
apache_modules ssl
apache_port 8080
echo 'Listen 127.0.0.1:8443' >>/etc/apache2/ports.conf
sed -i '/Listen 443/d' /etc/apache2/ports.conf
apache_site shop <<'INC'
<VirtualHost 127.0.0.1:8443>
    ServerName shop.test
    DocumentRoot /var/www/html
    SSLEngine on
    SSLCertificateFile /etc/ssl/lab/shop.crt
    SSLCertificateKeyFile /etc/ssl/lab/shop.key
</VirtualHost>
INC
apache_up
stream_conf <<'INC'
    map $ssl_preread_server_name $where {
        shop.test 127.0.0.1:8443;
        default   127.0.0.1:9;
    }
    server {
        listen 443;
        ssl_preread on;
        proxy_pass $where;
    }
INC
nginx_up
wait_port 443
