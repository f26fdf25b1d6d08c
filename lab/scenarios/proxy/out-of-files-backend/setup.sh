sed -i 's/^worker_processes auto;/worker_processes 1;/' /etc/nginx/nginx.conf
drop_in nginx.service files <<'EOF'
[Service]
LimitNOFILE=40
EOF
conf timeouts <<<'client_header_timeout 1h;'
php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
nginx_up
