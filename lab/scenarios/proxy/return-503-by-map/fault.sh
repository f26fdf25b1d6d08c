sed -i 's#~^/checkout 0;#~^/checkout 1;#' /etc/nginx/conf.d/switches.conf
nginx_reload
