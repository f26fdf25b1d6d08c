database crm
mysql crm -e "CREATE TABLE kunden (id INT PRIMARY KEY) ENGINE=MyISAM; INSERT INTO kunden VALUES (1)"
mkdir -p /data/web/crm
cat >/data/web/crm/kunden.php <<'PHP'
<?php
$db = new PDO('mysql:unix_socket=/run/mysqld/mysqld.sock;dbname=crm', 'crm', 'secret');
$db->exec('UPDATE kunden SET id = id');
echo "ok\n";
PHP
chmod -R a+rX /data
apache_modules proxy proxy_fcgi
cat >/etc/apache2/conf-available/crm.conf <<EOF
<VirtualHost *:80>
  ServerName crm.test
  DocumentRoot /data/web/crm
  <Directory /data/web/crm>
    Require all granted
    <FilesMatch "\.php$">
      SetHandler "proxy:unix:$PHP_SOCKET|fcgi://php-crm"
    </FilesMatch>
  </Directory>
  <Proxy "fcgi://php-crm">
    ProxySet timeout=3
  </Proxy>
</VirtualHost>
EOF
a2enconf -q crm
php_up
wait_port "$PHP_SOCKET"
apache_up
