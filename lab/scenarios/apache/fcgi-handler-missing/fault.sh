a2dismod -q -f proxy_fcgi >/dev/null
systemctl restart apache2
eventually sees http://shop.test/info.php 500
