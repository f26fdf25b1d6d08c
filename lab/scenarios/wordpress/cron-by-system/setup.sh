php_set pm static
php_set pm.max_children 2
php_set request_slowlog_timeout 1s
php_set slowlog /var/log/php-slow.log
wordpress blog
php_set listen 127.0.0.1:9000
systemctl restart "$PHP_UNIT"
wait_port 9000
sed -i "s#fastcgi_pass .*#fastcgi_pass 127.0.0.1:9000;\n        fastcgi_read_timeout 2s;#" /etc/nginx/sites-available/blog
{
    echo "define('DISABLE_WP_CRON', true);"
    echo "define('WP_CRON_LOCK_TIMEOUT', 1);"
} >>/etc/wordpress/config-blog.test.php
mkdir -p /usr/share/wordpress/wp-content/mu-plugins
cat >/usr/share/wordpress/wp-content/mu-plugins/import.php <<'PHP'
<?php
add_filter('cron_schedules', function ($all) { return $all + ['often' => ['interval' => 1, 'display' => 'often']]; });
add_action('import_prices', function () { if (file_exists('/srv/supplier-slow')) sleep(600); });
if (!wp_next_scheduled('import_prices')) wp_schedule_event(time(), 'often', 'import_prices');
PHP
unit wp-cron.service <<'EOF'
[Service]
ExecStart=/bin/sh -c 'while :; do curl -s -m 5 -o /dev/null http://blog.test/wp-cron.php; sleep 1; done'
EOF
nginx_up
hit http://blog.test/ 2
