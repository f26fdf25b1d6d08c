touch /run/moved
eventually sees http://api.test/ 503
