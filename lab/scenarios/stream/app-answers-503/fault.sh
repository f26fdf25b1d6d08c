touch /srv/app/closed
hit http://127.0.0.1/
