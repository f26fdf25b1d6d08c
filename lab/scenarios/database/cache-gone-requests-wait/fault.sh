systemctl stop redis-server
