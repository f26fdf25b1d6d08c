node_app app 'Environment=PORT=3200' <<'JS'
require('http').createServer((q, r) => {
  if (q.url == '/kill') process.abort();
  r.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start app 3200
apache_modules proxy proxy_http
apache_site app <<'EOF2'
<VirtualHost *:80>
    ServerName app.test
    ProxyPass / http://127.0.0.1:3200/
    ErrorLog "|/usr/bin/rotatelogs ${APACHE_LOG_DIR}/app-error.%Y-%m-%d 86400"
    CustomLog "|/usr/bin/rotatelogs -l ${APACHE_LOG_DIR}/app-access.%Y-%m-%d-%H 3600" combined
</VirtualHost>
EOF2
apache_up
hit http://app.test/ 3
