touch /srv/api/closed
