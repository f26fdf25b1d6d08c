systemctl stop web
eventually sees http://api.test/ 503
