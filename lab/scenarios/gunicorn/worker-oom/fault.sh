touch /srv/app/large
