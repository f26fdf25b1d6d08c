cat >"$PHP_POOLS/import.conf" <<'EOF'
[import]
user = www-data
group = www-data
listen = 127.0.0.1:9100
pm = ondemand
pm.max_children = 40
php_admin_value[error_log] = /var/log/php/import.log
php_admin_flag[log_errors] = on
EOF
echo 'memory_limit = 48M' >"/etc/php/$PHP/fpm/conf.d/90-import.ini"
mkdir -p /var/log/php
echo '[20-Nov-2026 03:00:00 UTC] PHP Fatal error:  Allowed memory size of 50331648 bytes exhausted (tried to allocate 20480 bytes) in /var/www/import/nightly.php on line 8' >/var/log/php/import.log
chown -R www-data: /var/log/php
php_site import 127.0.0.1:9100
php_page import tools/import.php <<<'<?php require __DIR__ . "/../lib/Catalogue.php"; echo load(50), "\n";'
php_page import lib/Catalogue.php <<'PHP'
<?php
function load(int $items): int {
    $all = [];
    for ($i = 0; $i < $items; $i++) $all[] = str_repeat('x', 65536);
    return count($all);
}
PHP
php_up
wait_port 127.0.0.1:9100
nginx_up
