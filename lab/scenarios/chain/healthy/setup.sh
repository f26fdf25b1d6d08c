node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
apache_port 8080
apache_proxy api http://127.0.0.1:3000/
apache_up
proxy_site api http://127.0.0.1:8080
sed -i 's/listen 80;/listen 127.0.0.1:8081;/' /etc/nginx/sites-available/api
rm -f /etc/nginx/sites-enabled/default
nginx -t -q
systemctl enable -q nginx
systemctl restart nginx
wait_port 8081
haproxy_conf <<'EOF'
frontend web
    bind *:80
    default_backend n
backend n
    server n 127.0.0.1:8081 check
EOF
haproxy_up
