systemctl stop api
