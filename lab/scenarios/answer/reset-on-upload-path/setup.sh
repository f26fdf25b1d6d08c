node_app files 'RuntimeDirectory=files
RuntimeDirectoryMode=0755' <<'JS'
const fs = require('fs');
const http = require('http');
http.createServer((request, response) => {
  if (request.url.startsWith('/archive/') && fs.existsSync('/srv/files/closed')) {
    console.log('refused', request.url);
    response.socket.destroy();
    return;
  }
  response.end('file\n');
}).listen('/run/files/files.sock', () => fs.chmodSync('/run/files/files.sock', 0o666));
JS
start files /run/files/files.sock
node_app mailer 'Environment=PORT=3025' <<'JS'
setTimeout(() => { throw new Error('mail'); }, 50);
JS
site files <<'EOF'
upstream files {
    server unix:/run/files/files.sock max_fails=0;
    keepalive 4;
}
server {
    listen 80;
    server_name files.test;
    location / {
        proxy_pass http://files;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }
}
EOF
nginx_up
