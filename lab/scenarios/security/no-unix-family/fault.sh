drop_in nginx.service hardening <<'EOF'
[Service]
NoNewPrivileges=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
LockPersonality=yes
EOF
systemctl restart nginx
wait_port 80
