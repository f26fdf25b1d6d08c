php_site shop "$PHP_SOCKET"
php_page shop index.php <<<'<?php echo "shop\n";'
php_up
nginx_up
echo 'Port 2222' >/etc/ssh/sshd_config.d/port.conf
ssh_up 2222
sed -i 's/^web1/[web1]:2222/' /root/.ssh/known_hosts
sed -i '1i echo "Welcome to web1; gatewhy-here 9 nonsense"' /root/.bashrc
mount -o remount,noexec /dev/shm
mount -t tmpfs -o noexec tmpfs /tmp
