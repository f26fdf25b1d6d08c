systemctl stop nginx
