drop_in "$PHP_UNIT" one-processor <<'EOF'
[Service]
CPUAffinity=0
Nice=5
EOF
php_site shop "$PHP_SOCKET" 'fastcgi_read_timeout 2s;'
php_page shop index.php <<<'<?php hash_pbkdf2("sha256", "shop", "salt", 100000); echo "shop\n";'
php_up
cp /bin/dash /usr/local/bin/report
unit report.service <<'EOF'
[Unit]
Description=yearly report

[Service]
CPUAffinity=0
Nice=-10
ExecStart=/usr/local/bin/report -c 'for n in 1 2 3 4 5 6 7 8; do (while :; do :; done) & done; wait'
EOF
nginx_up
