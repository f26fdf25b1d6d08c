hold 'http://blog.test/?s=shoes' 3
php_busy() { [ "$(ss -Hlx src "$PHP_SOCKET" | awk '{ print $3 }')" -ge 1 ]; }
eventually php_busy
sed -i 's/fastcgi_read_timeout 60s/fastcgi_read_timeout 2s/' /etc/nginx/sites-available/blog
systemctl reload nginx
eventually sees http://blog.test/ 504
