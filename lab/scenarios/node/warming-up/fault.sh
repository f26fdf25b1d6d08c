touch /srv/api/cold
systemctl restart api
wait_log api 'filling the cache'
