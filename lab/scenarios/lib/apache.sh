# shellcheck shell=bash
# Apache httpd.

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

# apache_pass_php NAME [PARAMETERS]: NAME.test hands its scripts to php-fpm on port 9000,
# by ProxyPassMatch; PARAMETERS stand behind its target.
apache_pass_php() {
    php_set listen 127.0.0.1:9000
    php_page "$1" info.php <<<'<?php echo "info\n";'
    php_up
    wait_port 9000
    apache_modules proxy proxy_fcgi
    apache_site "$1" <<EOF
<VirtualHost *:80>
    ServerName $1.test
    DocumentRoot /var/www/$1
    ProxyPassMatch "^/(.*\.php)$" "fcgi://127.0.0.1:9000/var/www/$1/\$1" ${2:-}
</VirtualHost>
EOF
    apache_up
}
