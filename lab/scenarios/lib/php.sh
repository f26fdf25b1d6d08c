# shellcheck shell=bash disable=SC2034 # variables are for the scenarios
# PHP-FPM.

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
