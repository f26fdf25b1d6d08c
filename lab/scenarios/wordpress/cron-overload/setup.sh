php_set pm static
php_set pm.max_children 3
wordpress blog
sed -i "s#fastcgi_pass .*#&\n        fastcgi_read_timeout 2s;#" /etc/nginx/sites-available/blog
{
    echo "define('WP_SITEURL', 'http://blog.test');"
    echo "define('WP_CRON_LOCK_TIMEOUT', 1);"
} >>/etc/wordpress/config-blog.test.php
mkdir -p /usr/share/wordpress/wp-content/mu-plugins
cat >/usr/share/wordpress/wp-content/mu-plugins/newsletter.php <<'PHP'
<?php
add_filter('cron_schedules', function ($all) { return $all + ['often' => ['interval' => 1, 'display' => 'often']]; });
add_action('newsletter_send', function () { if (file_exists('/srv/mail-server-gone')) sleep(600); });
if (!wp_next_scheduled('newsletter_send')) wp_schedule_event(time(), 'often', 'newsletter_send');
PHP
nginx_up
hit http://blog.test/ 2
