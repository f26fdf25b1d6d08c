user blog-php
cat >"$PHP_POOLS/blog.conf" <<'EOF'
[blog]
user = blog-php
group = blog-php
listen = /run/php/blog.sock
listen.owner = www-data
pm = static
pm.max_children = 2
EOF
mkdir -p /srv/sites/blog/htdocs
echo '<?php echo "post\n";' >/srv/sites/blog/htdocs/post.php
site blog <<'EOF'
server {
    listen 80;
    server_name blog.test;
    root /srv/sites/blog/htdocs;
    location ~ ^/.+\.php$ {
        include fastcgi.conf;
        fastcgi_pass unix:/run/php/blog.sock;
    }
}
EOF
php_up
wait_port /run/php/blog.sock
nginx_up
