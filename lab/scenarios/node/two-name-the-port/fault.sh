hit http://api.test/ 2
touch /srv/zz-api/bad
hit http://api.test/ 1
wait_gone 3100
