drop_in shop.service override <<'EOF'
[Service]
Environment=PORT=3080
EOF
systemctl restart shop
wait_port 3080
systemctl start shop-worker
wait_state shop-worker failed
