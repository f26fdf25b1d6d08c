useradd deploy
php_set listen.acl_users deploy
systemctl restart "$PHP_UNIT"
wait_port "$PHP_SOCKET"
