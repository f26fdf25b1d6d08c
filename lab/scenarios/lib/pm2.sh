# shellcheck shell=bash
# PM2.

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
