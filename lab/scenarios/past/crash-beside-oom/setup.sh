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
unit import.service <<'EOF'
[Unit]
Description=Nightly import

[Service]
MemoryMax=40M
MemorySwapMax=0
ExecStart=/usr/bin/node -e "const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1));"
EOF
proxy_site shop http://127.0.0.1:3000
nginx_up
