rm -r /srv/api/node_modules/slugify
systemctl restart api || :
wait_state api failed
