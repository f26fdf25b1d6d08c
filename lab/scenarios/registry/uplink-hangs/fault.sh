touch /srv/upstream/mute
rm -rf /srv/verdaccio/storage/lodash
