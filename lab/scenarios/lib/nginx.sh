# shellcheck shell=bash
# nginx.

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
