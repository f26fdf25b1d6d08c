mkdir -p /var/log/apps
node_app api 'Environment=LISTEN=127.0.0.1:7001
StandardOutput=append:/var/log/apps/api.out
StandardError=append:/var/log/apps/api.err' <<'JS'
const http = require('http'); const [h, p] = process.env.LISTEN.split(':');
http.createServer((q, r) => {
  if (q.url === '/v1/price') process.nextTick(() => { throw new TypeError("Cannot read properties of undefined (reading 'pricing')"); });
  else r.end('ok\n');
}).listen(p, h);
JS
start api 7001
node_app www 'Environment=PORT=7002' <<<"$NODE_HELLO"
start www 7002
haproxy_conf <<'EOF'
frontend all
    bind *:80
    acl is_api hdr(host) -i api.test
    use_backend bk_api if is_api { path_beg /v1 }
    default_backend bk_www
backend bk_api
    server s1 127.0.0.1:7001 check inter 1s fall 2
backend bk_www
    server s1 127.0.0.1:7002 check inter 1s fall 2
EOF
haproxy_up
eventually sees http://api.test/v1/orders 200
