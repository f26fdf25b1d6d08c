wordpress blog
mkdir -p /srv/blog
cp -rL /usr/share/wordpress /srv/blog/core
sed "s#'/wp-blog-header.php'#'/core/wp-blog-header.php'#" /srv/blog/core/index.php >/srv/blog/index.php
cat >/usr/share/wordpress/wp-content/maintenance.php <<'PHP'
<?php
header('HTTP/1.1 503 Service Unavailable');
header('Retry-After: 600');
echo '<h1>Wartungsarbeiten</h1><p>Wir sind gleich wieder da.</p>';
die();
PHP
cp /usr/share/wordpress/wp-content/maintenance.php /srv/blog/core/wp-content/ 2>/dev/null || :
rm -f /srv/blog/.maintenance
sed -i 's#root /usr/share/wordpress;#root /srv/blog;#' /etc/nginx/sites-available/blog
nginx_up
