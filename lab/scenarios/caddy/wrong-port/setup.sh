node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
mkdir -p /etc/caddy/sites
cat >/etc/caddy/sites/app <<'EOF'
http://app.test {
	handle /api/* {
		import proxied 3000
	}
	handle {
		respond "front"
	}
}
EOF
caddy_conf <<'EOF'
(proxied) {
	reverse_proxy localhost:{args.0} {
		header_up X-From caddy
	}
}
import sites/*
EOF
caddy_up
