pkill -STOP -P $(cat /run/nginx.pid)
