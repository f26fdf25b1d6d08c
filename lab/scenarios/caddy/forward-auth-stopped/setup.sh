node_app app 'Environment=PORT=3000' <<<"$NODE_HELLO"
node_app auth 'Environment=PORT=9091' <<<"$NODE_HELLO"
start app 3000; start auth 9091
caddy_conf <<'C'
http://app.test {
	forward_auth 127.0.0.1:9091 {
		uri /api/verify
		copy_headers Remote-User Remote-Groups
	}
	reverse_proxy 127.0.0.1:3000
}
C
caddy_up
