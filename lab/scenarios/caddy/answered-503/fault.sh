caddy_conf <<'EOF'
http://api.test {
	@closed not path /admin/*
	respond @closed "closed" 503
	reverse_proxy 127.0.0.1:3000
}
EOF
caddy_up
eventually sees http://api.test/ 503
