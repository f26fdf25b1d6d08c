limit_host 230
touch /srv/thumbs/large
