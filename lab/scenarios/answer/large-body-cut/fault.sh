touch /srv/files/limit
