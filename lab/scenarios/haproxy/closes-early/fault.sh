touch /srv/api/bad
