systemctl stop green
