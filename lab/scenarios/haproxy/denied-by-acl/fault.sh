sed -i 's#^    default_backend app#    acl closed path_beg /shop/\n    http-request return status 503 if closed\n    default_backend app#' /etc/haproxy/haproxy.cfg
systemctl reload haproxy
eventually sees http://api.test/shop/cart 503
