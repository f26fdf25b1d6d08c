node_app report 'Environment=PORT=3000' <<<"$NODE_HELLO"
start report 3000
apache_modules proxy proxy_http rewrite
mkdir -p /srv/www/shop/tools
cat >/srv/www/shop/.htaccess <<'H'
RewriteEngine On
RewriteRule ^(.*)$ http://127.0.0.1:9999/$1 [P]
H
cat >/srv/www/shop/tools/.htaccess <<'H'
RewriteEngine On
RewriteRule ^report$ http://127.0.0.1:3000/ [P]
H
apache_site shop <<'C'
<VirtualHost *:80>
    ServerName shop.test
    DocumentRoot /srv/www/shop
    <Directory /srv/www/shop>
        AllowOverride None
        Require all granted
    </Directory>
    <Directory /srv/www/shop/tools>
        AllowOverride FileInfo
    </Directory>
</VirtualHost>
C
apache_up
