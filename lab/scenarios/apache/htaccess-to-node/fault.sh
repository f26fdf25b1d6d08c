systemctl stop api.service
