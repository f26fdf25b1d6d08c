node_app api <<'JS'
require('http').createServer((q, r) => {
  if (q.url === '/kill') process.exit(3);
  r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
site api <<'EOF'
server {
    listen 127.0.0.1:8081;
    server_name api.test;
    location / { proxy_pass http://127.0.0.1:3000; }
}
EOF
nginx -t -q
systemctl enable -q nginx
systemctl restart nginx
wait_port 8081
haproxy_conf <<'EOF'
frontend web
    bind *:80
    default_backend nginx
backend nginx
    server n1 127.0.0.1:8081 check
EOF
rm -f /etc/nginx/sites-enabled/default
systemctl reload nginx
haproxy_up
