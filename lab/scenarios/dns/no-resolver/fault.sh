site api <<'EOF'
server {
    listen 80;
    server_name api.test;
    location / {
        set $upstream orders.internal:3000;
        proxy_pass http://$upstream;
    }
}
EOF
nginx_reload
