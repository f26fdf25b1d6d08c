sed -i '1i throw new Error("no such tenant");' /srv/api/server.js
systemctl restart api.service
wait_state api.service failed
