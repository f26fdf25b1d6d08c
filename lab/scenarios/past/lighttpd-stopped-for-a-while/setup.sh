node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
lighttpd_conf <<'CONF'
server.modules += ( "mod_proxy", "mod_accesslog" )
accesslog.filename = "/var/log/lighttpd/access.log"
$HTTP["host"] == "api.test" {
    proxy.server = ( "" => ( ( "host" => "127.0.0.1", "port" => 3000 ) ) )
}
$HTTP["host"] == "other.test" {
    proxy.server = ( "" => ( ( "host" => "127.0.0.1", "port" => 4000 ) ) )
}
CONF
lighttpd_up
echo '127.0.0.1 other.test' >>/etc/hosts
