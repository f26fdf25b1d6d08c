touch /srv/app/new-library
hit http://app.test/thumb/7 2
