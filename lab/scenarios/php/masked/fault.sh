systemctl mask --now "$PHP_UNIT"
wait_gone "$PHP_SOCKET"
