php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
php_page shop export.php <<<'<?php echo "export\n";'
php_set 'php_admin_value[memory_limit]' -1
drop_in "$PHP_UNIT" memory <<'EOF'
[Service]
MemoryMax=120M
MemorySwapMax=0
OOMPolicy=continue
EOF
php_up
wait_port "$PHP_SOCKET"
nginx_up
