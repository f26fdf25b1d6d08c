systemctl stop "$PHP_UNIT"
