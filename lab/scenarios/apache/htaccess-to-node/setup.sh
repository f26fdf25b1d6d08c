node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
apache_modules proxy proxy_http rewrite
mkdir -p /srv/www/shop
echo '<h1>Shop</h1>' >/srv/www/shop/index.html
cat >/srv/www/shop/.htaccess <<'H'
# the application behind /api
<IfModule mod_rewrite.c>
RewriteEngine On
RewriteCond %{REQUEST_METHOD} !=PURGE
RewriteRule ^api/(.*)$ http://127.0.0.1:3000/$1 [P,L]
</IfModule>
H
apache_site shop <<'C'
<VirtualHost *:80>
    ServerName shop.test
    DocumentRoot /srv/www/shop
    <Directory /srv/www/shop>
        AllowOverride All
        Require all granted
    </Directory>
</VirtualHost>
C
apache_up
