systemctl stop shop
