printf 'SHOP_PORT=3030\n' >/etc/caddy/env
drop_in caddy.service env <<'EOF'
[Service]
EnvironmentFile=/etc/caddy/env
EOF
systemctl restart caddy
wait_port 80
