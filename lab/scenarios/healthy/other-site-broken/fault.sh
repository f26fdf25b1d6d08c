systemctl kill --signal=SEGV blog
wait_state blog failed
hit http://blog.test/ 5
