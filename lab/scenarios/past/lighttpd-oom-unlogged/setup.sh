filling_app 'Restart=always
RestartSec=4s'
lighttpd_conf <<'CONF'
server.modules += ( "mod_proxy" )
proxy.server = ( "" => ( ( "host" => "127.0.0.1", "port" => 3000 ) ) )
CONF
lighttpd_up
