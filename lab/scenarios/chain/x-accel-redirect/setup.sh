node_app api 'Environment=PORT=3000' <<'EOF'
require('http').createServer((q, r) => { r.setHeader('X-Accel-Redirect', '/storage' + q.url); r.end(); }).listen(3000,'127.0.0.1');
EOF
node_app store 'Environment=PORT=9000' <<<"$NODE_HELLO"
start api 3000
start store 9000
site api <<'EOF'
server {
    listen 80;
    server_name api.test;
    location / { proxy_pass http://127.0.0.1:3000; }
    location /storage/ { internal; proxy_pass http://127.0.0.1:9000/; }
}
EOF
nginx_up
