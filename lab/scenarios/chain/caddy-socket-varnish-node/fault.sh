kill -STOP "$(systemctl show -p MainPID --value api)"
