hit http://npm.test/express
touch /srv/upstream/mute
# What it holds already is still told; this one it does not hold.
rm -rf /srv/verdaccio/storage/lodash
sees http://npm.test/lodash 503
