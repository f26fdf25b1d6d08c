node_app api 'Environment=PORT=3100' <<'JS'
require('http').createServer((q, r) => {
  if (q.url === '/api/kill') throw new Error('cannot read stock of undefined');
  r.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 3100
apache_modules proxy proxy_http rewrite
apache_site api <<'EOF'
<VirtualHost *:80>
    ServerName api.test
    ProxyPass /static/ !
    ProxyPass /other/ http://127.0.0.1:9/
    ProxyPass /api/ http://127.0.0.1:3100/api/ timeout=20
    DocumentRoot /var/www/html
</VirtualHost>
EOF
apache_up
