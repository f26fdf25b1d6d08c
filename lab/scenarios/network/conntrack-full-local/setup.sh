iptables -t raw -A PREROUTING -p tcp --dport 80 -j CT --notrack
iptables -t raw -A OUTPUT -p tcp --sport 80 -j CT --notrack
iptables -t raw -A OUTPUT -p tcp --dport 80 -j CT --notrack
iptables -t raw -A PREROUTING -p tcp --sport 80 -j CT --notrack
iptables -A INPUT -m conntrack --ctstate INVALID -j DROP
php_set listen 127.0.0.1:9000
php_site shop 127.0.0.1:9000 'fastcgi_connect_timeout 2s;'
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
wait_port 9000
nginx_up
