node_app reports 'Environment=PORT=3100
MemoryMax=100M
MemorySwapMax=0
Restart=always
RestartSec=2s' <<'JS'
const http = require('http');
const kept = [];
http.createServer((request, response) => {
  if (request.url === '/yearly') {
    for (let i = 0; i < 200; i++) kept.push(Buffer.alloc(1 << 20, 'x'));
  }
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start reports 127.0.0.1:3100
apache_modules proxy proxy_http
apache_site reports <<'EOF'
<VirtualHost *:80>
    ServerName reports.test
    ProxyPass / http://127.0.0.1:3100/ retry=0
    ErrorLog ${APACHE_LOG_DIR}/error.log
    CustomLog ${APACHE_LOG_DIR}/reports.access.log combined
</VirtualHost>
EOF
apache_proxy blog http://127.0.0.1:9/
apache_up
