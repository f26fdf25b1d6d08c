unit names.service <<'EOF'
[Service]
ExecStart=/usr/sbin/dnsmasq --no-daemon --no-resolv --no-hosts --local=/internal/ --listen-address=127.0.0.1 --bind-interfaces --user=nobody --conf-file=/dev/null
EOF
systemctl start names
echo 'nameserver 127.0.0.1' >/etc/resolv.conf
asked_at_53() { [ -n "$(ss -Hlun 'sport = :53')" ]; }
eventually asked_at_53
sed -i /app.internal/d /etc/hosts
systemctl restart haproxy
wait_port 80
