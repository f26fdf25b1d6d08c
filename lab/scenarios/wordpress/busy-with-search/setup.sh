php_set pm static
php_set pm.max_children 2
wordpress blog
sed -i "s#fastcgi_pass .*#&\n        fastcgi_read_timeout 60s;#" /etc/nginx/sites-available/blog
mkdir -p /usr/share/wordpress/wp-content/mu-plugins
cat >/usr/share/wordpress/wp-content/mu-plugins/search.php <<'PHP'
<?php
add_action('pre_get_posts', function () { if (isset($_GET['s'])) sleep(600); });
PHP
nginx_up
hit http://blog.test/ 2
hit http://blog.test/wp-cron.php 4
