# shellcheck shell=bash
# uWSGI.

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
