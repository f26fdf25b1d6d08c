wordpress blog
mkdir -p /usr/share/wordpress/wp-content/mu-plugins
cat >/usr/share/wordpress/wp-content/mu-plugins/hours.php <<'PHP'
<?php
if (file_exists('/srv/closed')) {
    status_header(503);
    die('the shop is closed on Sundays');
}
PHP
echo "<?php \$upgrading = $(date -d '2 hours ago' +%s); ?>" >/usr/share/wordpress/.maintenance
nginx_up
