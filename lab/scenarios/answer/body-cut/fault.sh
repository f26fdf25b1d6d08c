touch /srv/api/stale-size
