touch /srv/api/drip
