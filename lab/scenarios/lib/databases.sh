# shellcheck shell=bash
# Databases, and WordPress with its own.

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
