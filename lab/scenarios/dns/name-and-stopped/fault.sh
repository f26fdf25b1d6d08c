systemctl stop orders
