systemctl stop api.service
rm /root/.ssh/authorized_keys
