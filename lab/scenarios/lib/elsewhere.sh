# shellcheck shell=bash
# Looking from elsewhere, and as somebody else than root.

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
