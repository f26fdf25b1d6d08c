touch /srv/app/with-rates
