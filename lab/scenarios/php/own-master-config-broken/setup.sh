mkdir -p /etc/fpm/pools
for n in blog forum; do
cat >/etc/fpm/$n.conf <<EOF
[global]
daemonize = no
error_log = /var/log/fpm-$n.log
include = /etc/fpm/pools/$n*.conf
EOF
cat >/etc/fpm/pools/$n.conf <<EOF
[$n]
user = www-data
group = www-data
listen = /run/fpm-$n.sock
listen.owner = www-data
pm = static
pm.max_children = 2
EOF
php_page $n index.php <<<'<?php echo 1;'
php_site $n /run/fpm-$n.sock
done
unit fpm@.service <<EOF
[Service]
Type=notify
ExecStart=/usr/sbin/php-fpm$PHP --nodaemonize -y /etc/fpm/%i.conf
EOF
start fpm@blog.service; start fpm@forum.service
systemctl enable -q fpm@blog 2>/dev/null || :
nginx_up
