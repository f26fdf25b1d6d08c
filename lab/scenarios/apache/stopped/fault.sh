systemctl stop apache2
