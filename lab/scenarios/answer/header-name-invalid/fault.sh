touch /srv/legacy/trace
