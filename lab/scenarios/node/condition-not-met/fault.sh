rm /srv/api/enabled; systemctl restart api
hit http://api.test/ 2
