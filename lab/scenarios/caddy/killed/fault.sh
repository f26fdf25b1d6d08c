systemctl kill --signal=KILL caddy
wait_state caddy failed
