chmod 750 /srv/app/run
usermod -a -G app www-data
