filling_app 'Restart=always
RestartSec=4s'
mkdir -p /var/log/caddy
chown caddy: /var/log/caddy
caddy_conf <<'CADDY'
{
	admin off
	log {
		output file /var/log/caddy/all.log
	}
}

http://api.test {
	log
	reverse_proxy 127.0.0.1:3000
}
CADDY
caddy_up
