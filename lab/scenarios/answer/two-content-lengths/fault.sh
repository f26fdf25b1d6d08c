touch /srv/legacy/v2
