node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
caddy_conf <<'EOF'
{
	admin off
}

http://api.test {
	reverse_proxy 127.0.0.1:3000
}

http://other.test {
	reverse_proxy 127.0.0.1:4000
}
EOF
caddy_up
echo '127.0.0.1 other.test' >>/etc/hosts
