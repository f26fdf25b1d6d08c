rm /srv/api/features.json
systemctl restart api
wait_log api 'restart counter is at 4'
