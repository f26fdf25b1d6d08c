node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
caddy_conf <<'EOF'
http://api.test {
	handle_path /app/* {
		reverse_proxy 127.0.0.1:3000
	}
	reverse_proxy localhost:3000
}
EOF
caddy_up
systemctl stop api
hit http://api.test/ 3
systemctl start api
wait_port 3000
