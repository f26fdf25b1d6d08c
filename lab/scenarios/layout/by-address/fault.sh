systemctl stop panel
