touch /srv/app/sso
