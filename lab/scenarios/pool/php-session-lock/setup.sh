cat >"$PHP_POOLS/shop.conf" <<'INI'
[shop]
user = www-data
group = www-data
listen = [::1]:9100
pm = ondemand
pm.max_children = 4
pm.process_idle_timeout = 60s
INI
php_page shop cart.php <<'PHP'
<?php
if (!isset($_GET['free'])) { session_id('abc123'); session_start(); }
if (isset($_GET['slow'])) { sleep(500); }
echo "cart\n";
PHP
php_site shop '[::1]:9100' 'fastcgi_read_timeout 2s;'
sed -i 's#include snippets/fastcgi-php.conf;#include fastcgi.conf;#' /etc/nginx/sites-available/shop
php_up
wait_port 9100
nginx_up
