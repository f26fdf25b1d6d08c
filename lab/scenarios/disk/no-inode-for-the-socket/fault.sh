systemctl stop shop
for n in $(seq 1 20); do touch "/run/shop/sess_$n" || break; done 2>/dev/null
systemctl start shop
wait_state shop failed
