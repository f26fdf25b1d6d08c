for n in 1 2 3; do node_app "m$n" "Environment=PORT=300$n" <<<"$NODE_HELLO"; start "m$n" "127.0.0.1:300$n"; done
site api <<'INC'
upstream api { server 127.0.0.1:3001; server 127.0.0.1:3002; server 127.0.0.1:3003; }
server { listen 80; server_name api.test; location / { proxy_pass http://api; } }
INC
nginx_up
