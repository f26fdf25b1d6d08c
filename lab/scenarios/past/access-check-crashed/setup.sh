node_app auth 'Environment=PORT=4180
Restart=on-failure
RestartSec=4' <<<"$NODE_HELLO"
start auth 127.0.0.1:4180
gunicorn_app app '--bind 127.0.0.1:8000' <<<"$WSGI_HELLO"
start app 127.0.0.1:8000
site app <<'C'
server { listen 80; server_name app.test;
  location / { auth_request /_auth; proxy_pass http://127.0.0.1:8000; }
  location = /_auth { internal; proxy_pass http://127.0.0.1:4180/check; proxy_pass_request_body off; proxy_set_header Content-Length ""; } }
C
nginx_up
