systemctl stop api
eventually sees http://api.test/ 503
