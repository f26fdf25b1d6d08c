mv /srv/app/web/public /srv/app/web/htdocs
