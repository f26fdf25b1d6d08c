caddy_conf <<'EOF'
http://api.test {
	reverse_proxy 127.0.0.1:3000 {
		transport http {
			tls_insecure_skip_verify
		}
	}
}
EOF
caddy_up
eventually sees http://api.test/ 502
