node_app shop 'Environment=PORT=3000' <<<"$NODE_HELLO"
start shop 127.0.0.1:3000
snippet backend <<<'proxy_pass http://127.0.0.1:3000;'
site shop <<'INC'
server { listen 80; server_name shop.test; location / { include snippets/backend.conf; } }
server { listen 80; server_name blog.test; location / { include snippets/backend.conf; } }
INC
nginx_up
