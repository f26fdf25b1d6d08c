node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
lighttpd_conf <<'EOF'
server.modules += ( "mod_proxy" )
$HTTP["host"] == "api.test" {
    proxy.server = ( "" => ( ( "host" => "127.0.0.1", "port" => 3000 ) ) )
}
EOF
lighttpd_up
