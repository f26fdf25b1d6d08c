node_app app '' <<<"$NODE_HELLO"
rm /etc/systemd/system/app.service
unit app@.service <<'UNIT'
[Unit]
Description=application on port %i

[Service]
User=app
Environment=PORT=%i
ExecStart=/usr/bin/node /srv/app/server.js

[Install]
WantedBy=multi-user.target
UNIT
start app@3001 3001
systemctl start app@3002
wait_port 3002
site app <<'CONF'
upstream app_public { server 127.0.0.1:3001; }
upstream app_admin { server 127.0.0.1:3002; }
map $uri $pool {
    default app_public;
    ~^/admin app_admin;
}
server {
    listen 80;
    server_name app.test;
    location / { proxy_pass http://$pool; }
}
CONF
nginx_up
