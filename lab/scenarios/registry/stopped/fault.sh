touch /srv/upstream/shut
hit http://npm.test/express
systemctl stop verdaccio
