unit team.slice <<'U'
[Slice]
MemoryMax=90M
MemorySwapMax=0
U
node_app reports 'Slice=team.slice
Environment=PORT=5005' <<'JS'
const keep = [];
require('http').createServer((request, response) => {
  if (request.url === '/year') {
    setInterval(() => keep.push(Buffer.alloc(8 << 20, 1)), 20);
    return;
  }
  response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start reports 127.0.0.1:5005
conf 50-reports <<'INC'
server {
    listen 80;
    server_name reports.test;
    location / { proxy_pass http://127.0.0.1:5005; proxy_read_timeout 20s; }
}
INC
nginx_up
