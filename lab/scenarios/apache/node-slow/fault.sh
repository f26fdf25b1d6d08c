touch /srv/api/slow
