# shellcheck shell=bash
# Caddy.

# caddy_conf: the Caddyfile, from standard input.
caddy_conf() { cat >/etc/caddy/Caddyfile; }

# caddy_up [PORT]: checks the configuration, starts or reloads, and leaves it enabled.
caddy_up() {
    systemctl enable -q caddy
    systemctl reload-or-restart caddy
    wait_port "${1:-80}"
}

# caddy_to_tls: shop.test goes to https://127.0.0.1:8443, trusted by the authority
# "company" as shop.internal.
caddy_to_tls() {
    authority company
    certificate shop company shop.internal
    tls_app shop 8443
    caddy_conf <<'CFG'
http://shop.test {
	reverse_proxy https://127.0.0.1:8443 {
		transport http {
			tls_server_name shop.internal
			tls_trusted_ca_certs /etc/ssl/lab/company.crt
		}
	}
}
CFG
    caddy_up
    eventually sees http://shop.test/ 200
}

# caddy_api: api.test goes to a node application on 127.0.0.1:3000.
caddy_api() {
    node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
    start api 3000
    caddy_conf <<'EOF'
http://api.test {
	reverse_proxy 127.0.0.1:3000
}
EOF
    caddy_up
}

# caddy_two_sites: api.test goes to a node application, other.test to nobody; no admin API.
caddy_two_sites() {
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
}
