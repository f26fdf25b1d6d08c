kill -STOP "$(systemctl show -P MainPID mariadb)"
hold http://shop.test/ 4
sleep 1
