certificate api other api.internal
systemctl restart api
eventually sees http://api.test/ 503
