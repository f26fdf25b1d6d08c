touch /srv/maintenance
