node_app shop 'Environment=PORT=3000' <<'JS'
const http = require('http');
// Templates are compiled first.
setTimeout(() => {
  http.createServer((request, response) => response.end('ok\n')).listen(process.env.PORT, '127.0.0.1');
}, 3000);
JS
start shop 127.0.0.1:3000
haproxy_conf <<'EOF'
frontend web
    bind *:80
    acl news hdr(host) -i news.test
    use_backend news if news
    default_backend shop
backend news
    retries 0
    server n 127.0.0.1:9
backend shop
    retries 1
    server a 127.0.0.1:3000
EOF
haproxy_up
echo '127.0.0.1 news.test' >>/etc/hosts
