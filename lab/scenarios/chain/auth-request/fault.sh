systemctl stop auth
