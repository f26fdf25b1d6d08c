sed -i 's/reverse_proxy/reverse_prox/' /etc/caddy/Caddyfile
systemctl restart caddy || :
wait_state caddy failed
