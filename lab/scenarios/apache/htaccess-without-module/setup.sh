node_app club 'Environment=PORT=4500' <<<"$NODE_HELLO"
start club 4500
apache_modules proxy proxy_http rewrite
mkdir -p /var/www/club
cat >/var/www/club/.htaccess <<'EOF'
RewriteEngine On
RewriteRule ^(.*)$ http://127.0.0.1:4500/$1 [P,L]
EOF
apache_site club <<'EOF'
<VirtualHost *:80>
  ServerName club.test
  DocumentRoot /var/www/club
  <Directory /var/www/club>
    AllowOverride All
  </Directory>
</VirtualHost>
EOF
apache_up
