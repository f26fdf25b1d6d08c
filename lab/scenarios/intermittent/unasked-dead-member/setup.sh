for member in blue:3001 green:3002 red:3003; do
    node_app "${member%:*}" "Environment=PORT=${member#*:}" <<<"$NODE_HELLO"
    start "${member%:*}" "${member#*:}"
done
site api <<'EOF'
upstream api {
    server 127.0.0.1:3001 max_fails=0;
    server 127.0.0.1:3002 max_fails=0;
    server 127.0.0.1:3003 max_fails=0;
}
server {
    listen 80;
    server_name api.test;
    location / {
        proxy_pass http://api;
        proxy_next_upstream off;
    }
}
EOF
nginx_up
proxy_site news http://127.0.0.1:9
nginx_reload
echo '127.0.0.1 news.test' >>/etc/hosts
