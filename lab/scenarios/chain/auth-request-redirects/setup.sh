node_app auth 'Environment=PORT=4180' <<'JS'
const fs = require('fs');
require('http').createServer((request, response) => {
  const asks = fs.existsSync('/srv/auth/login');
  response.writeHead(asks ? 302 : 202, asks ? { Location: 'https://login.example/' } : {});
  response.end();
}).listen(process.env.PORT, '127.0.0.1');
JS
start auth 4180
gunicorn_app app '--bind 127.0.0.1:8000' <<<"$WSGI_HELLO"
start app 127.0.0.1:8000
site app <<'CONF'
server {
    listen 80;
    server_name app.test;
    location / {
        auth_request /_auth;
        proxy_pass http://127.0.0.1:8000;
    }
    location = /_auth {
        internal;
        proxy_pass http://127.0.0.1:4180/oauth2/auth;
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
    }
}
CONF
nginx_up
