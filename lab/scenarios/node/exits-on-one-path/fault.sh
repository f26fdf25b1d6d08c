touch /srv/api/broken
hit http://api.test/export
wait_port 127.0.0.1:3000
