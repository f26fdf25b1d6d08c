drop_in api.service migrate <<'EOF'
[Service]
ExecStartPre=/usr/bin/sleep 600
TimeoutStartSec=900
EOF
systemctl restart --no-block api
wait_state api activating
wait_gone 3000
