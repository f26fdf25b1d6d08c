echo 'php_admin_value[memory_limit = 256M' >>/etc/fpm/pools/blog.conf
systemctl restart fpm@blog || :
hit http://blog.test/
