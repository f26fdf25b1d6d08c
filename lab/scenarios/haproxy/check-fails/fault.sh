touch /srv/api/moved
eventually sees http://api.test/ 503
