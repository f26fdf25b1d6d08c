sed -i 's/127.0.0.1:3000/127.0.0.1:3333/' /srv/www/shop/tools/.htaccess
