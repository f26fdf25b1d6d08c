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
