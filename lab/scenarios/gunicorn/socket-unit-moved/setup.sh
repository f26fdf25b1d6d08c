gunicorn_app shop '' <<<"$WSGI_HELLO"
unit shop.socket <<'EOF'
[Socket]
ListenStream=127.0.0.1:8000

[Install]
WantedBy=sockets.target
EOF
systemctl enable -q --now shop.socket
wait_port 8000
proxy_site shop http://127.0.0.1:8000
nginx_up
eventually sees http://shop.test/ 200
