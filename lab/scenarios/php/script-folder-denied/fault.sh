chown root: /srv/sites/blog
chmod 750 /srv/sites/blog
php_up
wait_port /run/php/blog.sock
