# shellcheck shell=bash disable=SC2034 # variables are for the scenarios
# Functions for setup.sh and fault.sh. They run as root inside the host, under
# `set -euo pipefail`. Texts (sites, units, programs) come on standard input.

# --- waiting ---------------------------------------------------------------

# eventually COMMAND...: repeats it until it succeeds, 15 seconds at most.
eventually() {
    local try
    for try in $(seq 1 300); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.05
    done
    echo "never came true: $*" >&2
    return 1
}

# listens ADDRESS: whether anybody listens there: PORT, IP:PORT or a socket's path.
listens() {
    case $1 in
    /*) [ -n "$(ss -Hlx src "$1")" ] ;;
    *:*) [ -n "$(ss -Hltn src "$1")" ] ;;
    *) [ -n "$(ss -Hltn "sport = :$1")" ] ;;
    esac
}

# wait_port PORT|IP:PORT|PATH, wait_gone the same: until somebody, or nobody, listens.
wait_port() { eventually listens "$1"; }
wait_gone() { eventually silent "$1"; }
silent() { ! listens "$1"; }

# wait_log UNIT TEXT: until the unit's journal holds the text.
wait_log() { eventually journal_has "$1" "$2"; }
journal_has() { journalctl --no-pager -q -o cat -u "$1" --since=-1h | grep -qF -- "$2"; }

# wait_state UNIT STATE: until the unit is active, inactive, failed ...
wait_state() { eventually unit_is "$1" "$2"; }
unit_is() { [ "$(systemctl is-active "$1")" = "$2" ]; }

# --- visitors --------------------------------------------------------------

# hit URL [COUNT]: asks, and does not care what comes back.
hit() {
    local try
    for try in $(seq 1 "${2:-1}"); do
        curl -s -o /dev/null --max-time 10 "$1" || :
    done
}

# status URL: the status code of one answer, 000 without one.
status() { curl -s -o /dev/null --max-time 10 -w '%{http_code}' "$1" || :; }

# sees URL STATUS: whether a visitor gets that status now.
sees() { [ "$(status "$1")" = "$2" ]; }

# hold URL [COUNT]: visitors who ask now and wait for a long time.
hold() {
    local try
    for try in $(seq 1 "${2:-1}"); do
        background curl -s -o /dev/null --max-time 600 "$1"
    done
}

# visitors URL PER_SECOND: a steady stream of visitors, whatever they get.
visitors() {
    background node -e '
        const [url, rate] = process.argv.slice(1);
        setInterval(() => {
          require("http").get(url, { agent: false, timeout: 5000 }, (r) => r.resume())
            .on("error", () => {}).on("timeout", function () { this.destroy(); });
        }, 1000 / rate);' "$1" "$2"
}

# endure URL [PER_SECOND]: visitors keep coming until the site has failed and then
# answered five of them well, 40 seconds at most.
endure() {
    local failed=0 good=0 try code pause
    pause=$(awk "BEGIN { print 1 / ${2:-10} }")
    for try in $(seq 1 $((40 * ${2:-10}))); do
        code=$(curl -s -o /dev/null --max-time 10 -w '%{http_code}' "$1" || :)
        case $code in
        2* | 3*) good=$((good + 1)) ;;
        *) failed=$((failed + 1)) good=0 ;;
        esac
        if [ "$failed" -gt 0 ] && [ "$good" -ge 5 ]; then return 0; fi
        sleep "$pause"
    done
    echo "never failed, or never served again: $1" >&2
    return 1
}

# background COMMAND...: runs on after the script has ended.
background() { setsid "$@" </dev/null >/dev/null 2>&1 & }

# --- other machines (world.sh only) ------------------------------------------

# machine ADDRESS...: other machines that answer on the lab's network.
machine() {
    local address
    for address in "$@"; do ip address add "$address/24" dev lan; done
}

# far_app: a web application on 192.0.2.66:8080, until somebody makes /srv/close-port:
# then a packet filter drops what comes to it.
far_app() {
    machine 192.0.2.66
    cat >/srv/far.js <<'JS'
require('http').createServer((request, response) => response.end('far\n')).listen(8080, '192.0.2.66');
JS
    background node /srv/far.js
    background bash -c 'until [ -e /srv/close-port ]; do sleep 0.05; done
nft add table inet f
nft add chain inet f in "{ type filter hook input priority 0; }"
nft add rule inet f in tcp dport 8080 drop'
}

# --- nginx -----------------------------------------------------------------

# site NAME: a file in sites-available, linked into sites-enabled.
site() {
    cat >"/etc/nginx/sites-available/$1"
    ln -sf "/etc/nginx/sites-available/$1" "/etc/nginx/sites-enabled/$1"
}

# conf NAME: a file in conf.d. snippet NAME: a file in snippets.
conf() { cat >"/etc/nginx/conf.d/$1.conf"; }
snippet() { cat >"/etc/nginx/snippets/$1.conf"; }

# proxy_site NAME TARGET [LINES]: server NAME.test that proxies everything.
proxy_site() {
    site "$1" <<EOF
server {
    listen 80;
    server_name $1.test;

    location / {
        proxy_pass $2;
        proxy_set_header Host \$host;
        proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
        ${3:-}
    }
}
EOF
}

# members_site LINES OPTIONS NAME:PORT...: a node application each, and api.test that is
# spread over all of them. OPTIONS stand behind each server, LINES in the location.
members_site() {
    local lines=$1 options=$2 member servers=''
    shift 2
    for member in "$@"; do
        node_app "${member%:*}" "Environment=PORT=${member#*:}" <<<"$NODE_HELLO"
        start "${member%:*}" "${member#*:}"
        servers+="    server 127.0.0.1:${member#*:}${options:+ $options};"$'\n'
    done
    site api <<EOF
upstream api {
$servers}
server {
    listen 80;
    server_name api.test;
    location / {
        proxy_pass http://api;
        $lines
    }
}
EOF
}

# php_site NAME SOCKET|HOST:PORT [LINES]: server NAME.test with PHP in /var/www/NAME.
php_site() {
    local target=$2
    case $target in /*) target=unix:$target ;; esac
    mkdir -p "/var/www/$1"
    site "$1" <<EOF
server {
    listen 80;
    server_name $1.test;
    root /var/www/$1;
    index index.php index.html;

    location / {
        try_files \$uri \$uri/ /index.php?\$args;
    }

    location ~ \.php\$ {
        include snippets/fastcgi-php.conf;
        fastcgi_pass $target;
        ${3:-}
    }
}
EOF
}

# stream_conf: what stands in nginx's stream block, from standard input.
stream_conf() {
    { echo 'stream {' && cat && echo '}'; } >/etc/nginx/stream.conf
    grep -q stream.conf /etc/nginx/nginx.conf || echo 'include /etc/nginx/stream.conf;' >>/etc/nginx/nginx.conf
}

# nginx_up: checks the configuration, starts or reloads, and leaves it enabled.
nginx_up() {
    nginx -t -q
    systemctl enable -q nginx
    systemctl reload-or-restart nginx
    wait_port 80
}

# nginx_reload: as an administrator does. The old workers are gone when it returns.
nginx_reload() {
    local old
    old=$(pgrep -d , -P "$(cat /run/nginx.pid)" || :)
    systemctl reload nginx
    [ -z "$old" ] || eventually no_process "$old"
}
no_process() { ! ps -p "$1" -o pid= | grep -q .; }

# --- Apache ----------------------------------------------------------------

# apache_modules NAME...: switches modules on.
apache_modules() { a2enmod -q "$@" >/dev/null; }

# apache_site NAME: a virtual host in sites-available, switched on.
apache_site() {
    cat >"/etc/apache2/sites-available/$1.conf"
    a2ensite -q "$1" >/dev/null
}

# apache_proxy NAME TARGET [LINES]: NAME.test on port 80, all of it proxied.
apache_proxy() {
    apache_modules proxy proxy_http
    apache_site "$1" <<EOF
<VirtualHost *:${APACHE_PORT:-80}>
    ServerName $1.test
    ProxyPreserveHost On
    ProxyPass / $2
    ProxyPassReverse / $2
    ${3:-}
    ErrorLog \${APACHE_LOG_DIR}/error.log
</VirtualHost>
EOF
}

# apache_php NAME SOCKET|HOST:PORT [LINES]: NAME.test with PHP in /var/www/NAME.
apache_php() {
    local target=fcgi://$2
    case $2 in /*) target="unix:$2|fcgi://localhost" ;; esac
    apache_modules proxy proxy_fcgi setenvif
    mkdir -p "/var/www/$1"
    apache_site "$1" <<EOF
<VirtualHost *:${APACHE_PORT:-80}>
    ServerName $1.test
    DocumentRoot /var/www/$1
    DirectoryIndex index.php index.html
    <FilesMatch "\.php\$">
        SetHandler "proxy:$target"
    </FilesMatch>
    ${3:-}
</VirtualHost>
EOF
}

# apache_port PORT: Apache listens there and not on 80.
apache_port() {
    APACHE_PORT=$1
    sed -i "s/^Listen 80\$/Listen 127.0.0.1:$1/" /etc/apache2/ports.conf
    sed -i "s/\*:80>/*:$1>/" /etc/apache2/sites-available/000-default.conf
}

# apache_up: checks the configuration, starts or reloads, and leaves it enabled.
apache_up() {
    apache2ctl configtest 2>/dev/null
    systemctl enable -q apache2
    systemctl reload-or-restart apache2
    wait_port "${APACHE_PORT:-80}"
}

# --- HAProxy ---------------------------------------------------------------

# haproxy_conf: frontends and backends (standard input) behind Debian's own
# global and defaults.
haproxy_conf() {
    sed -i '/^frontend \|^backend \|^listen /,$d' /etc/haproxy/haproxy.cfg
    cat >>/etc/haproxy/haproxy.cfg
}

# haproxy_backend LINE…: HAProxy passes everything on port 80 to a backend of these lines.
haproxy_backend() {
    haproxy_conf < <(printf '%s\n' 'frontend web' '    bind *:80' '    default_backend app' '' 'backend app'
        printf '    %s\n' "$@")
}

# haproxy_up: checks the configuration, starts or reloads, and leaves it enabled.
haproxy_up() {
    haproxy -c -q -f /etc/haproxy/haproxy.cfg
    systemctl enable -q haproxy
    systemctl reload-or-restart haproxy
    # It binds a unix socket under another name and renames it.
    case ${1:-} in /*) eventually test -S "$1" ;; *) wait_port "${1:-80}" ;; esac
}

# --- Caddy -----------------------------------------------------------------

# caddy_conf: the Caddyfile, from standard input.
caddy_conf() { cat >/etc/caddy/Caddyfile; }

# caddy_up [PORT]: checks the configuration, starts or reloads, and leaves it enabled.
caddy_up() {
    systemctl enable -q caddy
    systemctl reload-or-restart caddy
    wait_port "${1:-80}"
}

# --- lighttpd --------------------------------------------------------------

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

# --- Varnish ---------------------------------------------------------------

# varnish_conf: the VCL (standard input), without its first line.
varnish_conf() {
    { echo 'vcl 4.1;' && cat; } >/etc/varnish/default.vcl
}

# varnish_up [PORT|SOCKET,OPTIONS] [OPTIONS]: starts or restarts it there, and leaves it enabled.
varnish_up() {
    local at=:${1:-80}
    case ${1:-} in /*) at=$1 ;; esac
    drop_in varnish.service port <<EOF
[Service]
ExecStart=
ExecStart=/usr/sbin/varnishd -j unix,user=vcache -F -a $at -T localhost:6082 -f /etc/varnish/default.vcl -S /etc/varnish/secret -s malloc,32m ${2:-}
EOF
    systemctl enable -q varnish
    systemctl restart varnish
    at=${1:-80}
    wait_port "${at%%,*}"
}

# --- Traefik ---------------------------------------------------------------

# traefik_conf [LINES]: the static file with one entry point on port 80 and further LINES.
traefik_conf() {
    mkdir -p /etc/traefik/routes
    cat >/etc/traefik/traefik.yml <<EOF
entryPoints:
  web:
    address: ":80"
providers:
  file:
    directory: /etc/traefik/routes
${1:-}
EOF
}

# traefik_routes NAME.yml|NAME.toml: a file of its file provider, from standard input.
traefik_routes() { cat >"/etc/traefik/routes/$1"; }

# traefik_api [LINES]: api.test goes to 127.0.0.1:3000. LINES stand in its loadBalancer.
traefik_api() {
    traefik_routes api.yml <<EOF
http:
  routers:
    api:
      rule: Host(\`api.test\`)
      service: api
  services:
    api:
      loadBalancer:
${1:+$1
}        servers:
          - url: http://127.0.0.1:3000
EOF
}

# traefik_up [PORT]: starts or restarts it with a unit as the project suggests.
traefik_up() {
    unit traefik.service <<'EOF'
[Unit]
Description=Traefik
After=network-online.target

[Service]
Type=simple
ExecStart=/usr/local/bin/traefik --configFile=/etc/traefik/traefik.yml
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
EOF
    systemctl enable -q traefik
    systemctl restart traefik
    wait_port "${1:-80}"
}

# --- Envoy -----------------------------------------------------------------

# envoy_conf: the bootstrap file, from standard input.
envoy_conf() {
    mkdir -p /etc/envoy
    cat >/etc/envoy/envoy.yaml
}

# envoy_http ADDRESS PORT: the head of a bootstrap file, up to its virtual hosts, which
# follow indented by 14; what it serves is logged to the standard output.
envoy_http() {
    cat <<EOF
static_resources:
  listeners:
  - name: web
    address:
      socket_address: {address: $1, port_value: $2}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          access_log:
          - name: envoy.access_loggers.stdout
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
          route_config:
            virtual_hosts:
EOF
}

# envoy_cluster NAME PORT [LINES]: a cluster with one server on 127.0.0.1; LINES are
# further members of it, indented by 4.
envoy_cluster() {
    cat <<EOF
  - name: $1
    connect_timeout: 1s
${3:-}
    load_assignment:
      cluster_name: $1
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address:
                address: 127.0.0.1
                port_value: $2
EOF
}

# envoy_api ADDRESS PORT [LINES]: Envoy listens there and sends api.test to 127.0.0.1:3000.
# LINES stand in the cluster.
envoy_api() {
    {
        envoy_http "$1" "$2"
        cat <<'EOF'
            - name: api
              domains: [api.test]
              routes:
                - match: {prefix: /}
                  route: {cluster: api}
  clusters:
EOF
        envoy_cluster api 3000 ${3:+"$3"}
    } | envoy_conf
}

# envoy_up [PORT]: starts or restarts it.
envoy_up() {
    unit envoy.service <<'EOF'
[Unit]
Description=Envoy
After=network.target

[Service]
ExecStart=/usr/local/bin/envoy -c /etc/envoy/envoy.yaml --concurrency 1
Restart=on-failure

[Install]
WantedBy=multi-user.target
EOF
    systemctl enable -q envoy
    systemctl restart envoy
    wait_port "${1:-80}"
}

# --- PHP -------------------------------------------------------------------

PHP=$(basename "$(ls -d /etc/php/*)")
PHP_UNIT=php$PHP-fpm.service
PHP_SOCKET=/run/php/php$PHP-fpm.sock
PHP_POOLS=/etc/php/$PHP/fpm/pool.d

# php_page SITE FILE: a script in /var/www/SITE.
php_page() {
    mkdir -p "$(dirname "/var/www/$1/$2")"
    cat >"/var/www/$1/$2"
}

# php_set KEY VALUE [POOL]: one directive of a pool (www unless named).
php_set() {
    local file=$PHP_POOLS/${3:-www}.conf
    sed -i "/^;\?$(printf %s "$1" | sed 's/[][.]/\\&/g') *=/d" "$file"
    printf '%s = %s\n' "$1" "$2" >>"$file"
}

# php_up: starts php-fpm and leaves it enabled.
php_up() {
    systemctl enable -q "$PHP_UNIT"
    systemctl restart "$PHP_UNIT"
}

# --- applications ----------------------------------------------------------

# user NAME: a system user of its own.
user() { id -u "$1" >/dev/null 2>&1 || useradd --system --home-dir "/srv/$1" --shell /usr/sbin/nologin "$1"; }

# unit NAME: a unit file in /etc/systemd/system, from standard input.
unit() {
    cat >"/etc/systemd/system/$1"
    systemctl daemon-reload
}

# drop_in UNIT NAME: a drop-in for a unit, from standard input.
drop_in() {
    mkdir -p "/etc/systemd/system/$1.d"
    cat >"/etc/systemd/system/$1.d/$2.conf"
    systemctl daemon-reload
}

# node_app NAME [LINES]: /srv/NAME/server.js (standard input) as NAME.service with
# its own user. LINES go into [Service].
node_app() {
    user "$1"
    mkdir -p "/srv/$1"
    cat >"/srv/$1/server.js"
    chown -R "$1:$1" "/srv/$1"
    app_unit "$1" "/usr/bin/node /srv/$1/server.js" "${2:-}"
}

# gunicorn_app NAME ARGUMENTS [LINES]: /srv/NAME/app.py (standard input), served by gunicorn.
gunicorn_app() {
    user "$1"
    mkdir -p "/srv/$1"
    cat >"/srv/$1/app.py"
    chown -R "$1:$1" "/srv/$1"
    app_unit "$1" "/usr/bin/gunicorn $2 app:app" "${3:-}"
}

# app_unit NAME COMMAND [LINES]: the unit of an application that lives in /srv/NAME.
app_unit() {
    unit "$1.service" <<EOF
[Unit]
Description=$1 application
After=network.target

[Service]
User=$1
Group=$1
WorkingDirectory=/srv/$1
ExecStart=$2
${3:-}

[Install]
WantedBy=multi-user.target
EOF
}

# start UNIT [ADDRESS]: enables and starts it; returns when it listens on ADDRESS.
start() {
    systemctl enable -q "$1"
    systemctl restart "$1"
    [ -z "${2:-}" ] || wait_port "$2"
}

# NODE_HELLO: the smallest node application; PORT and HOST come from the environment.
NODE_HELLO=$(
    cat <<'EOF'
const http = require('http');
const server = http.createServer((request, response) => {
  response.setHeader('Content-Type', 'text/plain');
  response.end('hello from ' + request.url + '\n');
});
server.listen(process.env.PORT || 3000, process.env.HOST || '127.0.0.1', () => {
  console.log('listening on', server.address());
});
EOF
)

# WSGI_HELLO: the smallest Python application.
WSGI_HELLO=$(
    cat <<'EOF'
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello\n"]
EOF
)

# --- certificates ----------------------------------------------------------

# authority NAME: a certificate authority, /etc/ssl/lab/NAME.{crt,key}.
authority() {
    mkdir -p /etc/ssl/lab
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
        -subj "/CN=$1 authority" -keyout "/etc/ssl/lab/$1.key" -out "/etc/ssl/lab/$1.crt" 2>/dev/null
}

# certificate NAME AUTHORITY HOSTNAME [FROM UNTIL]: /etc/ssl/lab/NAME.{crt,key}, signed
# by the authority. FROM and UNTIL as YYYYMMDDHHMMSSZ; now and a year unless given.
certificate() {
    local dir=/etc/ssl/lab
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$3" \
        -keyout "$dir/$1.key" -out "$dir/$1.csr" 2>/dev/null
    mkdir -p "$dir/ca-$2"
    touch "$dir/ca-$2/index"
    cat >"$dir/ca-$2/conf" <<EOF
[ca]
default_ca = it
[it]
database = $dir/ca-$2/index
new_certs_dir = $dir/ca-$2
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
[any]
commonName = supplied
[ext]
subjectAltName = DNS:$3
basicConstraints = CA:false
EOF
    openssl ca -batch -notext -config "$dir/ca-$2/conf" -cert "$dir/$2.crt" -keyfile "$dir/$2.key" \
        -extensions ext -startdate "${4:-$(date -u -d -1day +%Y%m%d%H%M%SZ)}" \
        -enddate "${5:-$(date -u -d +1year +%Y%m%d%H%M%SZ)}" -in "$dir/$1.csr" -out "$dir/$1.crt" 2>/dev/null
    chmod 644 "$dir/$1.key"
}

# --- the past --------------------------------------------------------------

# age_log FILE: makes the lines that nginx wrote today yesterday's.
age_log() {
    sed -i "s#^$(date +%Y/%m/%d) #$(date -d yesterday +%Y/%m/%d) #" "$1"
    nginx -s reopen
}

# age_lines FILE...: today's lines of error and access logs of nginx and Apache become
# yesterday's. Their writer has to open its logs anew.
age_lines() {
    local old
    old=$(date -d yesterday +%s)
    LC_ALL=C sed -i -e "s#^$(date +%Y/%m/%d) #$(date -d "@$old" +%Y/%m/%d) #" \
        -e "s#\[$(LC_ALL=C date +%d/%b/%Y):#[$(LC_ALL=C date -d "@$old" +%d/%b/%Y):#" \
        -e "s#^\[$(LC_ALL=C date '+%a %b %d') #[$(LC_ALL=C date -d "@$old" '+%a %b %d') #" "$@"
}

# --- names -----------------------------------------------------------------

# name_server LINE...: a name server on 127.0.0.1:5353 that knows these dnsmasq lines, and
# nothing else.
name_server() {
    printf '%s\n' 'port=5353' 'listen-address=127.0.0.1' 'bind-interfaces' 'no-resolv' 'no-hosts' \
        'no-daemon' 'local=/internal/' "$@" >/etc/names.conf
    unit names.service <<'EOF'
[Unit]
Description=Name server of the company

[Service]
ExecStart=/usr/sbin/dnsmasq --conf-file=/etc/names.conf --user=nobody

[Install]
WantedBy=multi-user.target
EOF
    systemctl restart names
    eventually answers_names
}
answers_names() { [ -n "$(ss -Hlun 'sport = :5353')" ]; }

# --- TLS backends ----------------------------------------------------------

# tls_app NAME PORT [OPTIONS]: (re)starts a node application that serves https on
# 127.0.0.1:PORT with the certificate NAME. OPTIONS are fields of node's TLS options.
tls_app() {
    node_app "$1" <<JS
const fs = require('fs');
require('https').createServer({
  key: fs.readFileSync('/etc/ssl/lab/$1.key'),
  cert: fs.readFileSync('/etc/ssl/lab/$1.crt'),
  ${3:-}
}, (request, response) => response.end('ok\n')).listen($2, '127.0.0.1');
JS
    start "$1" "127.0.0.1:$2"
}

# tls_site NAME [LINES]: server NAME.test that proxies to https://127.0.0.1:8443, verifies
# against the authority "company" and expects the name NAME.internal.
tls_site() {
    proxy_site "$1" https://127.0.0.1:8443 "proxy_ssl_verify on;
        proxy_ssl_trusted_certificate /etc/ssl/lab/company.crt;
        proxy_ssl_name $1.internal;
        ${2:-}"
}

# intermediate NAME AUTHORITY: an authority signed by another one.
intermediate() {
    local dir=/etc/ssl/lab
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1 authority" \
        -keyout "$dir/$1.key" -out "$dir/$1.csr" 2>/dev/null
    openssl x509 -req -days 3650 -in "$dir/$1.csr" -CA "$dir/$2.crt" -CAkey "$dir/$2.key" \
        -extfile <(echo basicConstraints=critical,CA:true) -out "$dir/$1.crt" 2>/dev/null
}

# --- databases -------------------------------------------------------------

# database NAME: MariaDB with a database and a user NAME, password "secret".
database() {
    systemctl enable -q --now mariadb
    mysql -e "CREATE DATABASE $1; CREATE USER $1@localhost IDENTIFIED BY 'secret'; GRANT ALL ON $1.* TO $1@localhost"
}

# wordpress NAME: a real WordPress as NAME.test, with its database and php-fpm.
wordpress() {
    database "$1"
    cat >"/etc/wordpress/config-$1.test.php" <<EOF
<?php
define('DB_NAME', '$1');
define('DB_USER', '$1');
define('DB_PASSWORD', 'secret');
define('DB_HOST', 'localhost');
define('WP_CONTENT_DIR', '/usr/share/wordpress/wp-content');
EOF
    chmod 644 "/etc/wordpress/config-$1.test.php"
    # shellcheck disable=SC2016
    HTTP_HOST=$1.test php -d variables_order=EGPCS -r '
        define("WP_INSTALLING", true);
        $_SERVER["HTTP_HOST"] = getenv("HTTP_HOST");
        require "/usr/share/wordpress/wp-load.php";
        require ABSPATH . "wp-admin/includes/upgrade.php";
        wp_install("Blog", "admin", "admin@example.com", true, "", "secret");' >/dev/null 2>&1
    php_site "$1" "$PHP_SOCKET"
    sed -i "s#root /var/www/$1;#root /usr/share/wordpress;#" "/etc/nginx/sites-available/$1"
    php_up
    wait_port "$PHP_SOCKET"
}

# --- memory ----------------------------------------------------------------

# limit_host MEBIBYTES: all the memory that this host has from now on.
limit_host() {
    local bytes=$(($1 << 20))
    if [ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ]; then
        echo "$bytes" >/sys/fs/cgroup/memory/memory.limit_in_bytes
    else
        echo "$bytes" >/sys/fs/cgroup/memory.max
    fi
}

# --- looking from elsewhere --------------------------------------------------

# login NAME: a person who may log in over SSH.
login() {
    useradd --create-home --shell /bin/bash "$1"
    authorize "$1" "/home/$1"
}
authorize() {
    install -d -m 700 -o "$1" -g "$1" "$2/.ssh"
    install -m 600 -o "$1" -g "$1" /root/.ssh/id_ed25519.pub "$2/.ssh/authorized_keys"
}

# ssh_up [PORT]: an SSH server that root may log in to, and a desk to log in from.
ssh_up() {
    ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519 <<<y >/dev/null
    authorize root /root
    printf 'web1 %s\n' "$(cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub)" >/root/.ssh/known_hosts
    start ssh.service "${1:-22}"
    desk_up
}

# desk_up: a desk on a network of its own, without a server's files and processes;
# `at-desk COMMAND` runs there.
desk_up() {
    apart desk 198.51.100
    cat >/usr/local/bin/at-desk <<'SCRIPT'
#!/bin/sh
exec ip netns exec desk unshare --mount --pid --fork --mount-proc sh -c '
    for folder in /etc/nginx /etc/php /etc/systemd/system /var/log /srv /run; do mount -t tmpfs desk "$folder"; done
    exec "$@"' desk "$@"
SCRIPT
    chmod 755 /usr/local/bin/at-desk
}

# apart NAME NETWORK: a network namespace with the address NETWORK.2; this host is its
# router, with NETWORK.1.
apart() {
    ip netns add "$1"
    ip link add "to-$1" type veth peer name to-host netns "$1"
    ip address add "$2.1/30" dev "to-$1"
    ip link set "to-$1" up
    ip -n "$1" address add "$2.2/30" dev to-host
    ip -n "$1" link set to-host up
    ip -n "$1" link set lo up
    ip -n "$1" route add default via "$2.1"
    echo 1 >/proc/sys/net/ipv4/ip_forward
}

# edge_nginx: an nginx (its http block's content on standard input) with the address
# 203.0.113.2 before this host, as a CDN is. edge_varnish: a real Varnish there.
edge_nginx() {
    apart edge 203.0.113
    mkdir -p /srv/edge
    { printf 'pid /run/edge.pid;\nevents {}\nhttp {\naccess_log off;\nerror_log /srv/edge/error.log;\n'; cat; echo '}'; } >/srv/edge/nginx.conf
    ip netns exec edge nginx -c /srv/edge/nginx.conf
    edge_answers
}
# edge_reload: the edge takes its configuration up; returns when no old worker answers.
edge_reload() {
    local old
    old=$(pgrep -d , -P "$(cat /run/edge.pid)")
    kill -HUP "$(cat /run/edge.pid)"
    eventually no_process "$old"
}
edge_varnish() {
    apart edge 203.0.113
    background ip netns exec edge varnishd -F -n /run/edge -a :80 -b "$1" -s malloc,16m
    edge_answers
}
edge_answers() { eventually bash -c ': </dev/tcp/203.0.113.2/80'; }

# leads_to NAME ADDRESS...: what a name server (198.51.100.1, also for the desk) says.
leads_to() {
    local name=$1 address
    shift
    sed -i "/[[:space:]]$name\$/d" /etc/hosts
    for address in "$@"; do printf '%s %s\n' "$address" "$name" >>/srv/names; done
    echo 'nameserver 198.51.100.1' >/etc/resolv.conf
    background dnsmasq --keep-in-foreground --no-round-robin --no-resolv --no-hosts --addn-hosts=/srv/names \
        --listen-address=198.51.100.1 --bind-interfaces --pid-file
    eventually getent hosts "$name"
}

# --- containers ---------------------------------------------------------------

# container NAME NETWORK COMMAND...: runs it in a network (address NETWORK.2), mount and
# process namespace of its own, in a control group named as Docker names them.
container() {
    local name=$1 id
    id=$(printf %s "$name" | sha256sum | cut -d' ' -f1)
    apart "$name" "$2"
    shift 2
    background systemd-run --quiet --scope --unit="docker-$id.scope" \
        ip netns exec "$name" unshare --mount --pid --fork --mount-proc --kill-child "$@"
}

# edge_before_shop: shop.test leads to an edge, played by nginx, and this host is its origin.
edge_before_shop() {
    node_app shop <<<"$NODE_HELLO"
    start shop.service 3000
    proxy_site shop http://127.0.0.1:3000
    nginx_up
    desk_up
    edge_nginx <<'CONF'
server {
    listen 80;
    add_header CF-RAY 8f0a1b2c3d4e5f60-FRA always;
    location / { proxy_pass http://192.0.2.10; proxy_set_header Host $host; }
}
CONF
    leads_to shop.test 203.0.113.2
}

# cloudflare_before_shop: shop.test on this host, which Cloudflare's visitors reach:
# `as-cloudflare ADDRESS` asks for a page from 173.245.48.2 or 162.158.90.7, two of its
# published addresses, played by a network namespace.
cloudflare_before_shop() {
    node_app shop <<<"$NODE_HELLO"
    start shop.service 3000
    proxy_site shop http://127.0.0.1:3000
    nginx_up
    cloudflare_visits
}
# cloudflare_visits: those visitors alone, of whatever serves shop.test.
cloudflare_visits() {
    apart cloudflare 173.245.48
    ip -n cloudflare address add 162.158.90.7/32 dev to-host
    ip route add 162.158.90.7/32 via 173.245.48.2
    cat >/usr/local/bin/as-cloudflare <<'SCRIPT'
#!/bin/sh
exec ip netns exec cloudflare curl -s -o /dev/null --max-time 1 --interface "$1" -H 'Host: shop.test' "http://192.0.2.10/${2:-}"
SCRIPT
    chmod 755 /usr/local/bin/as-cloudflare
    for visitor in 1 2 3 4 5; do
        as-cloudflare 173.245.48.2
        as-cloudflare 162.158.90.7
    done
}

# shop_with_users: a PHP site, logs as Debian leaves them, and users in several groups.
shop_with_users() {
    php_site shop "$PHP_SOCKET"
    php_page shop index.php <<<'<?php echo "shop\n";'
    php_up
    nginx_up
    # As logrotate leaves it on Debian.
    chown www-data:adm /var/log/nginx/error.log
    chmod 640 /var/log/nginx/error.log
    useradd --create-home guest
    useradd --create-home --groups adm ops
    useradd --create-home --groups systemd-journal reader
    nft add table inet other
    nft add chain inet other in '{ type filter hook input priority 0; }'
}

# lighttpd_php: shop.test, served by lighttpd and PHP-FPM.
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
    lighttpd_up
}

# conntrack_full: the kernel's table of tracked connections of this host is filled with
# connections that last; it is as large as the machine's setting.
conntrack_full() {
    local most
    most=$(cat /proc/sys/net/netfilter/nf_conntrack_max)
    awk -v most="$most" 'BEGIN {
        for (n = 0; n < most + 4096; n++) {
            port = 1024 + n % 60000
            peer = "203.0.113." int(n / 60000) + 1
            print "-A -p tcp --state ESTABLISHED -u ASSURED,SEEN_REPLY -t 3600 -s", peer, "-d 192.0.2.10 -r 192.0.2.10 -q", peer, "--sport", port, "--dport 443 --reply-port-src 443 --reply-port-dst", port
        }
    }' | conntrack -R - 2>/dev/null || :
    [ "$(cat /proc/sys/net/netfilter/nf_conntrack_count)" -ge "$most" ]
}

# uwsgi_app NAME [LINES]: /srv/NAME/app.py (standard input), served by uWSGI at
# /run/NAME/uwsgi.sock. LINES go into its ini file.
uwsgi_app() {
    user "$1"
    mkdir -p "/srv/$1"
    cat >"/srv/$1/app.py"
    cat >"/srv/$1/uwsgi.ini" <<EOF
[uwsgi]
plugins = python3
chdir = /srv/$1
module = app:app
master = true
processes = 2
socket = /run/$1/uwsgi.sock
chmod-socket = 666
die-on-term = true
${2:-}
EOF
    chown -R "$1:$1" "/srv/$1"
    app_unit "$1" "/usr/bin/uwsgi --ini /srv/$1/uwsgi.ini" "RuntimeDirectory=$1
RuntimeDirectoryMode=0755
KillSignal=SIGQUIT"
}

# uwsgi_site NAME SOCKET|HOST:PORT [LINES]: server NAME.test that speaks uwsgi to it.
uwsgi_site() {
    local target=$2
    case $target in /*) target=unix:$target ;; esac
    site "$1" <<EOF
server {
    listen 80;
    server_name $1.test;

    location / {
        include uwsgi_params;
        uwsgi_pass $target;
        ${3:-}
    }
}
EOF
}

# tomcat_page FILE: a page (JSP) of Tomcat's own first application, from standard input.
tomcat_page() { cat >"/var/lib/tomcat10/webapps/ROOT/$1"; }

# tomcat_up: starts Tomcat and leaves it enabled; returns when it listens on 8080.
tomcat_up() {
    systemctl enable -q tomcat10
    systemctl restart tomcat10
    wait_port "${1:-8080}"
}

# pm2_user NAME: a person with a PM2 of their own, which systemd starts (`pm2 startup`).
# as_pm2 NAME ARGUMENT...: that person's pm2.
pm2_user() {
    useradd --create-home --shell /bin/bash "$1"
    mkdir -p "/srv/$1"
    pm2 startup systemd -u "$1" --hp "/home/$1" >/dev/null
}
as_pm2() {
    local name=$1
    shift
    runuser -u "$name" -- env -C "/srv/$name" HOME="/home/$name" PM2_HOME="/home/$name/.pm2" pm2 "$@" >/dev/null
}

# pm2_app NAME [OPTIONS]: starts /srv/NAME/app.js (standard input) under that PM2, and
# saves the list, so that it comes back after a reboot.
pm2_app() {
    local name=$1
    shift
    cat >"/srv/$name/app.js"
    chown -R "$name:$name" "/srv/$name"
    as_pm2 "$name" start "/srv/$name/app.js" --name "$name" "$@"
    as_pm2 "$name" save
}

# supervised NAME COMMAND: a program that Supervisor starts, with the lines of the
# standard input in its section. supervisor_up: starts Supervisor with all of them.
supervised() {
    {
        printf '[program:%s]\ncommand=%s\n' "$1" "$2"
        cat
    } >"/etc/supervisor/conf.d/$1.conf"
}
supervisor_up() {
    systemctl enable -q supervisor
    systemctl restart supervisor
}

# verdaccio_up [LINES]: npm.test is a package registry of its own (Verdaccio on port 4873,
# /etc/verdaccio/config.yaml) behind nginx; it fetches from 127.0.0.1:4881. LINES stand
# with that uplink, indented by 4.
verdaccio_up() {
    user verdaccio
    mkdir -p /etc/verdaccio /srv/verdaccio/storage
    chown -R verdaccio: /srv/verdaccio
    cat >/etc/verdaccio/config.yaml <<EOF
storage: /srv/verdaccio/storage
uplinks:
  upstream:
    url: http://127.0.0.1:4881/
${1:-}
packages:
  '**':
    access: \$all
    publish: \$all
    proxy: upstream
logs: {type: stdout, format: pretty, level: http}
EOF
    unit verdaccio.service <<'EOF'
[Unit]
Description=Verdaccio
After=network.target
StartLimitIntervalSec=60
StartLimitBurst=3

[Service]
User=verdaccio
ExecStart=/usr/local/bin/verdaccio --config /etc/verdaccio/config.yaml --listen 127.0.0.1:4873
Restart=on-failure

[Install]
WantedBy=multi-user.target
EOF
    start verdaccio 4873
    proxy_site npm http://127.0.0.1:4873
    nginx_up
}

# upstream_registry: another registry on port 4881 that has every package.
# /srv/upstream/mute: it takes connections and says nothing; /srv/upstream/shut: it hangs up.
upstream_registry() {
    mkdir -p /srv/upstream
    node_app upstream <<'JS'
const fs = require('fs');
require('http').createServer((request, response) => {
  if (fs.existsSync('/srv/upstream/shut')) { request.socket.destroy(); return; }
  if (fs.existsSync('/srv/upstream/mute')) return;
  const name = decodeURIComponent(request.url.slice(1));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ name, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': {
    name, version: '1.0.0', dist: { shasum: '0'.repeat(40), tarball: `http://127.0.0.1:4881/${name}/-/a-1.0.0.tgz` },
  } } }));
}).listen(4881, '127.0.0.1');
JS
    start upstream 4881
}
