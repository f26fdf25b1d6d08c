logrotate -f /etc/logrotate.d/api
wait_gone 3000
