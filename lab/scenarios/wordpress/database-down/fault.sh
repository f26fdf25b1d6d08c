systemctl stop mariadb
