touch /srv/app/bad
