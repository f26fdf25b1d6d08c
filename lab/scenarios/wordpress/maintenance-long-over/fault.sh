touch /srv/closed
