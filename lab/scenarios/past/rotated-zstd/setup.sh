node_app shop 'Environment=PORT=3000
Restart=always
RestartSec=2s' <<'JS'
const http = require('http');
http.createServer((request, response) => {
  if (request.url === '/cart') setTimeout(() => { throw new Error('no cart'); }, 1);
  else response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start shop 127.0.0.1:3000
mkdir -p /srv/logs/shop
site shop <<'EOF'
server {
    listen 80;
    server_name shop.test;
    access_log /srv/logs/shop/access.log;
    error_log /srv/logs/shop/error.log;
    location / { proxy_pass http://127.0.0.1:3000; }
}
EOF
cat >/etc/logrotate.d/shop <<'EOF'
/srv/logs/shop/*.log {
    daily
    rotate 30
    dateext
    dateformat -%Y%m%d-%s
    extension .log
    compress
    compresscmd /usr/bin/zstd
    compressext .zst
    compressoptions -q
    missingok
    postrotate
        nginx -s reopen
    endscript
}
EOF
nginx_up
