node_app api 'Environment=PORT=3000' 'Environment=HOST=192.0.2.10' <<'JS'
require('http').createServer((q, r) => r.end('hello\n')).listen(process.env.PORT, '192.0.2.10');
JS
start api 3000
site api <<'N'
server {
    listen 80;
    server_name api.test;
    location / {
        proxy_pass http://192.0.2.10:3000;
        proxy_connect_timeout 2s;
    }
}
N
nginx_up
