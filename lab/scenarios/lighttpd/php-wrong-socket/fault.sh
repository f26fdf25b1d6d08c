sed -i 's#php[0-9.]*-fpm.sock#php7.4-fpm.sock#' /etc/lighttpd/conf-enabled/50-lab.conf
lighttpd_up
