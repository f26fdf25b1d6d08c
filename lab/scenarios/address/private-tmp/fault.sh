drop_in app.service hardening <<'EOF'
[Service]
PrivateTmp=yes
NoNewPrivileges=yes
EOF
systemctl stop app
rm -f /tmp/app.sock
systemctl start app
wait_port /tmp/app.sock
