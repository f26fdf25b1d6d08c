touch /srv/api/flags
