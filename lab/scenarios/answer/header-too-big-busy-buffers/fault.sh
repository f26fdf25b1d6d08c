touch /srv/login/roles
