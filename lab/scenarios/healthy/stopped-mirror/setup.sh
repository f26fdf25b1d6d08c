node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
node_app audit 'Environment=PORT=3999' <<<"$NODE_HELLO"
start api 127.0.0.1:3000
start audit 127.0.0.1:3999
site api <<'INC'
server {
    listen 80;
    server_name api.test;
    location / { mirror /_mirror; proxy_pass http://127.0.0.1:3000; }
    location = /_mirror { internal; proxy_pass http://127.0.0.1:3999$request_uri; }
}
INC
nginx_up
