node_app app 'Environment=PORT=3200' <<'JS'
require('http').createServer((q, r) => {
  if (q.url.endsWith('/kill')) process.abort();
  r.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start app 3200
apache_modules proxy proxy_http rewrite
apache_site app <<'EOF'
Define backend 127.0.0.1:3200
<VirtualHost *:80>
    ServerName app.test
    RewriteEngine On
    RewriteCond %{REQUEST_URI} ^/app/
    RewriteRule ^/app/(.*)$ http://${backend}/$1 [P,L]
    ProxyPass /app/ http://127.0.0.1:9/
</VirtualHost>
EOF
apache_up
