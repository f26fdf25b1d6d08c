systemctl stop varnish
wait_gone 80
