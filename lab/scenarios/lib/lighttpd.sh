# shellcheck shell=bash
# lighttpd.

# lighttpd_conf: a part of the configuration (standard input) beside Debian's own.
lighttpd_conf() { cat >/etc/lighttpd/conf-enabled/50-lab.conf; }

# lighttpd_up [PORT]: checks the configuration, restarts, and leaves it enabled.
lighttpd_up() {
    [ "${1:-80}" = 80 ] || sed -i "s/^server.port .*/server.port = $1/" /etc/lighttpd/lighttpd.conf
    lighttpd -tt -f /etc/lighttpd/lighttpd.conf
    systemctl enable -q lighttpd
    systemctl restart lighttpd
    wait_port "${1:-80}"
}

# lighttpd_php [PORT]: shop.test, served by lighttpd and PHP-FPM.
lighttpd_php() {
    php_page shop index.php <<<'<?php echo "ok\n";'
    php_up
    wait_port "$PHP_SOCKET"
    lighttpd_conf <<EOF
server.modules += ( "mod_fastcgi" )
\$HTTP["host"] == "shop.test" {
    server.document-root = "/var/www/shop"
    fastcgi.server = ( ".php" => ( (
        "socket" => "$PHP_SOCKET",
        "broken-scriptfilename" => "enable"
    ) ) )
}
EOF
    lighttpd_up "${1:-80}"
}

# lighttpd_api: api.test goes to a node application on 127.0.0.1:3000.
lighttpd_api() {
    node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
    start api 3000
    lighttpd_conf <<'EOF'
server.modules += ( "mod_proxy" )
$HTTP["host"] == "api.test" {
    proxy.server = ( "" => ( ( "host" => "127.0.0.1", "port" => 3000 ) ) )
}
EOF
    lighttpd_up
}

# lighttpd_two_sites: api.test goes to a node application, other.test to nobody.
lighttpd_two_sites() {
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
}
