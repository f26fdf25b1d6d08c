php_set listen.allowed_clients 192.0.2.80,192.0.2.81
php_up
wait_port 9000
