drop_in app.service hardening <<'EOF'
[Service]
PrivateTmp=yes
NoNewPrivileges=yes
EOF
systemctl restart app
wait_log app 'Listening at: unix:/tmp/app.sock'
rm -f /tmp/app.sock
