systemctl stop shop.service
