apache_modules proxy proxy_http remoteip
apache_port 8080
node_app search <<'JS'
const fs = require('fs');
require('http').createServer((request, response) => {
  if (fs.existsSync('/srv/search/strict')) response.statusCode = 400;
  response.end('argument q\n');
}).listen(3000, '127.0.0.1');
JS
start search 3000
apache_site shop <<'INC'
<VirtualHost *:8080>
    ServerName shop.test
    RemoteIPProxyProtocol On
    ProxyPass / http://127.0.0.1:3000/
</VirtualHost>
INC
a2dissite -q 000-default
apache_up
haproxy_backend 'server web 127.0.0.1:8080 send-proxy'
haproxy_up
