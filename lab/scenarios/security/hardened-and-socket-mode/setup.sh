drop_in nginx.service hardening <<'EOF'
[Service]
NoNewPrivileges=yes
ProtectHome=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallFilter=~@clock @reboot @swap
SystemCallErrorNumber=EPERM
EOF
php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
nginx_up
