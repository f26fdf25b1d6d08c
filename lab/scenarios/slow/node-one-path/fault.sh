touch /srv/api/big
