node_app api 'Environment=PORT=8080' <<<"$NODE_HELLO"
systemctl enable -q api
background setpriv --reuid=api --regid=api --clear-groups env PORT=8080 node /srv/api/server.js
wait_port 8080
proxy_site api http://127.0.0.1:8080
nginx_up
