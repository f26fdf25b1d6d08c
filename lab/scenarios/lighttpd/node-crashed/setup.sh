node_app api <<'JS'
require('http').createServer((q, r) => {
  if (q.url === '/kill') null.x();
  r.end('ok\n');
}).listen(3000, '127.0.0.1', () => console.log('listening on port 3000'));
JS
start api 3000
lighttpd_conf <<'EOF'
server.modules += ( "mod_proxy" )
$HTTP["host"] == "api.test" {
    proxy.server = ( "" => ( ( "host" => "127.0.0.1", "port" => 3000 ) ) )
}
EOF
lighttpd_up
