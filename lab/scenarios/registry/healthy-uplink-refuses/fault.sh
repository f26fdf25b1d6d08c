systemctl stop upstream
rm -rf /srv/verdaccio/storage/nothing
