sed -i 's#/var/lib/haproxy/shop/web.sock#/run/shop/web.sock#' /etc/systemd/system/shop.service
systemctl daemon-reload
rm /var/lib/haproxy/shop/web.sock
systemctl restart shop
wait_port /run/shop/web.sock
sed -i 's#unix@/shop/web.sock#unix@/run/shop/web.sock#' /etc/haproxy/haproxy.cfg
systemctl restart haproxy
wait_port 80
