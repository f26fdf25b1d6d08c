systemctl stop haproxy
