authority company
certificate shop company shop.test
php_page shop catalog/list.php <<<'<?php echo "list ", $_GET["page"], "\n";'
mkdir -p /etc/nginx/shop.d
cat >/etc/nginx/shop.d/php.inc <<INC
location ~ \.php\$ {
    include fastcgi.conf;
    fastcgi_pass php;
}
INC
conf upstreams <<INC
upstream inner { server 127.0.0.1:8080; keepalive 4; }
upstream php { server unix:$PHP_SOCKET; }
INC
site shop <<'INC'
server {
    listen 443 ssl http2;
    listen [::]:443 ssl http2;
    server_name shop.test;
    ssl_certificate /etc/ssl/lab/shop.crt;
    ssl_certificate_key /etc/ssl/lab/shop.key;
    location / {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_pass http://inner;
    }
}
server {
    listen 127.0.0.1:8080;
    server_name shop.test;
    root /var/www/shop;
    index index.php;
    include shop.d/*.inc;
}
INC
sed -i '1i server { listen 80; server_name old.test; location / { proxy_pass http://127.0.0.1:9999; } }' /etc/nginx/sites-available/shop
php_up
nginx_up
hit http://127.0.0.1/ 1
curl -s -o /dev/null -H 'Host: old.test' http://127.0.0.1/
