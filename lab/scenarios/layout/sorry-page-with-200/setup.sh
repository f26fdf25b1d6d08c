node_app shop <<<"$NODE_HELLO"
start shop 3000
mkdir -p /var/www/err; echo 'we are sorry' >/var/www/err/sorry.html
site shop <<'EOF'
server { listen 80; server_name shop.test;
 error_page 500 502 503 504 =200 /sorry.html;
 location = /sorry.html { root /var/www/err; internal; }
 location / { proxy_pass http://127.0.0.1:3000; } }
EOF
nginx_up
