php_page shop index.php <<<'<?php echo "ok\n";'
php_up
wait_port "$PHP_SOCKET"
lighttpd_conf <<EOF
server.modules += ( "mod_fastcgi" )
\$HTTP["host"] == "shop.test" {
    server.document-root = "/var/www/shop"
    fastcgi.server = ( ".php" => ( (
        "socket" => "$PHP_SOCKET",
        "broken-scriptfilename" => "enable"
    ) ) )
}
EOF
lighttpd_up 8081
haproxy_conf <<'EOF'
frontend web
    bind *:80
    default_backend pages
backend pages
    server p1 127.0.0.1:8081
EOF
haproxy_up
