drop_in nginx.service override <<'EOF'
[Service]
PrivateTmp=yes
ProtectHome=yes
ProtectSystem=full
EOF
systemctl restart nginx
wait_port 80
