touch /srv/search/strict
