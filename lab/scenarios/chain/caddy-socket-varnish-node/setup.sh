node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
varnish_conf <<'EOF'
backend default { .host = "127.0.0.1"; .port = "3000"; }
sub vcl_recv { return (pass); }
EOF
varnish_up /run/varnish.sock,mode=666
caddy_conf <<'EOF'
http://api.test {
	reverse_proxy unix//run/varnish.sock
}
EOF
caddy_up
eventually sees http://api.test/ 200
