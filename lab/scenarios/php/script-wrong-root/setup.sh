mkdir -p /srv/app/web/public /srv/app/web/vendor
echo '<?php echo "app\n";' >/srv/app/web/public/index.php
site app <<EOF
server {
    listen 80;
    server_name app.test;
    root /srv/app/web/public;
    location /img/ { }
    location / {
        include fastcgi.conf;
        fastcgi_param SCRIPT_FILENAME \$document_root/index.php;
        fastcgi_param SCRIPT_NAME /index.php;
        fastcgi_pass unix:$PHP_SOCKET;
    }
}
EOF
php_up
wait_port "$PHP_SOCKET"
nginx_up
hit http://app.test/img/logo.png 3
