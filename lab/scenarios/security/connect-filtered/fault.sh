drop_in nginx.service 50-seccomp <<'EOF'
[Service]
SystemCallFilter=~connect @clock
SystemCallErrorNumber=EACCES
EOF
systemctl restart nginx
wait_port 80
