authority company
certificate shop company shop.test
php_page shop cart.php <<<'<?php echo "cart\n";'
php_up
site shop <<INC
server {
    listen 127.0.0.1:8443 ssl;
    server_name shop.test;
    ssl_certificate /etc/ssl/lab/shop.crt;
    ssl_certificate_key /etc/ssl/lab/shop.key;
    root /var/www/shop;
    location ~ \.php\$ { include snippets/fastcgi-php.conf; fastcgi_pass unix:$PHP_SOCKET; }
}
INC
nginx_up
haproxy_conf <<'CFG'
frontend tls
    mode tcp
    option tcplog
    bind *:443
    tcp-request inspect-delay 5s
    tcp-request content accept if { req.ssl_hello_type 1 }
    use_backend shop if { req.ssl_sni -i shop.test }
    default_backend nowhere
backend shop
    mode tcp
    server web 127.0.0.1:8443
backend nowhere
    mode tcp
    server none 127.0.0.1:9
CFG
haproxy_up 443
