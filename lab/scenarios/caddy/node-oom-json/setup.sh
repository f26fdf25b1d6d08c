filling_app
mkdir -p /var/log/caddy
chown caddy: /var/log/caddy
cat >/etc/caddy/caddy.json <<'EOF'
{
	"logging": {"logs": {"default": {"writer": {"output": "file", "filename": "/var/log/caddy/errors.log"}}}},
	"apps": {"http": {"servers": {"web": {
		"listen": [":80"],
		"routes": [
			{
				"match": [{"host": ["api.test"], "path": ["/v1/*"]}],
				"handle": [{"handler": "rewrite", "strip_path_prefix": "/v1"},
					{"handler": "reverse_proxy", "upstreams": [{"dial": "127.0.0.1:3009"}]}],
				"terminal": true
			},
			{
				"match": [{"host": ["api.test"]}],
				"handle": [{"handler": "subroute", "routes": [
					{"handle": [{"handler": "reverse_proxy",
						"upstreams": [{"dial": "127.0.0.1:3000"}]}]}
				]}],
				"terminal": true
			}
		]
	}}}}
}
EOF
drop_in caddy.service json <<'EOF'
[Service]
ExecStart=
ExecStart=/usr/bin/caddy run --config /etc/caddy/caddy.json
ExecReload=
ExecReload=/usr/bin/caddy reload --config /etc/caddy/caddy.json --force
EOF
caddy_up
