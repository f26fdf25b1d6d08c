upstream_registry
verdaccio_up
touch /srv/upstream/shut
hit http://npm.test/express
rm /srv/upstream/shut
