touch /srv/auth/login
