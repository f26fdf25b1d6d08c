node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
lighttpd_conf <<'EOF'
server.modules += ( "mod_proxy" )
var.app = 3000
$HTTP["host"] =~ "^(www\.)?shop\.test$" {
    $HTTP["url"] =~ "^/api/" {
        proxy.server = ( "" => ( "app" => ( "host" => "127.0.0.1", "port" => var.app ) ) )
    }
    else {
        proxy.server = ( "" => ( ( "host" => "127.0.0.1", "port" => 4000 ) ) )
    }
}
EOF
lighttpd_up
