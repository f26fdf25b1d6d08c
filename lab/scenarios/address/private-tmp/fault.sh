drop_in app.service hardening <<'EOF'
[Service]
PrivateTmp=yes
NoNewPrivileges=yes
EOF
systemctl restart app
wait_port /tmp/app.sock
rm -f /tmp/app.sock
