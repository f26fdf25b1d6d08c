mount -t tmpfs -o size=8M,mode=0755 disk /var/lib/nginx
node_app files 'Environment=PORT=3000' <<'JS'
const large = Buffer.alloc(4 << 20, 'x');
require('http').createServer((request, response) => response.end(large)).listen(process.env.PORT, '127.0.0.1');
JS
start files 127.0.0.1:3000
site files <<'EOF'
server {
    listen 80 sndbuf=16k;
    server_name files.test;
    location / {
        proxy_pass http://127.0.0.1:3000;
        proxy_buffers 4 4k;
        proxy_busy_buffers_size 8k;
    }
}
EOF
nginx_up
