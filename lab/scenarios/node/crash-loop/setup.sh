node_app api 'Restart=always
RestartSec=300ms' <<'JS'
const fs = require('fs');
const http = require('http');
setTimeout(() => {
  const features = JSON.parse(fs.readFileSync('/srv/api/features.json'));
  http.createServer((request, response) => response.end(JSON.stringify(features))).listen(3000, '127.0.0.1');
}, 100);
JS
drop_in api.service limits <<'EOF'
[Unit]
StartLimitIntervalSec=0
EOF
echo '{"search": true}' >/srv/api/features.json
start api 127.0.0.1:3000
site api <<'EOF'
upstream api { server 127.0.0.1:3000 max_fails=0; }
server {
    listen 80;
    server_name api.test;
    location / { proxy_pass http://api; }
}
EOF
nginx_up
