php_page shop index.php <<<'<?php echo "ok\n";'
php_up
wait_port "$PHP_SOCKET"
haproxy_conf <<EOF
frontend web
    bind *:80
    use_backend php if { path_end .php }
    default_backend php
backend php
    use-fcgi-app php
    server fpm unix@$PHP_SOCKET proto fcgi
fcgi-app php
    docroot /var/www/shop
    index index.php
EOF
sed -i 's#^.*chroot .*##; s#^.*group haproxy#\tgroup www-data#' /etc/haproxy/haproxy.cfg
haproxy_up
