echo 'nameserver 192.0.2.53' >/etc/resolv.conf
echo 'options timeout:30 attempts:3' >>/etc/resolv.conf
ip neigh add 192.0.2.53 lladdr 02:00:00:00:00:53 dev eth0
systemctl restart $PHP_UNIT
hold http://shop.test/ 3
php_asks() { [ "$(ss -Hun state established dst 192.0.2.53 | wc -l)" -ge 2 ]; }
eventually php_asks
