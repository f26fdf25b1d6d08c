chmod 700 /srv/app/private
