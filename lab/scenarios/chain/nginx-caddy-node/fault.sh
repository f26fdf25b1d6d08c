# Caddy logs no answers: only how long it ran tells that it had started.
sleep 5
hit http://api.test/kill
wait_state api failed
