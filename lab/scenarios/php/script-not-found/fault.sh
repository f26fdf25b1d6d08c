# The pool was moved into a jail, the site was not.
mkdir -p /srv/jail/tmp
php_set chroot /srv/jail
php_up
wait_port "$PHP_SOCKET"
