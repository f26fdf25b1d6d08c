php_page shop index.php <<<'<?php header("Cache-Control: no-store"); echo "ok\n";'
php_up
wait_port "$PHP_SOCKET"
apache_port 8080
apache_php shop "$PHP_SOCKET"
apache_up
varnish_conf <<'EOF'
backend default { .host = "127.0.0.1"; .port = "8080"; }
EOF
varnish_up
