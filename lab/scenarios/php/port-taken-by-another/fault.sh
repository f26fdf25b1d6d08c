systemctl stop "$PHP_UNIT"
node_app objectstore 'Environment=PORT=9000' <<<"$NODE_HELLO"
start objectstore 9000
systemctl start "$PHP_UNIT" || :
wait_state "$PHP_UNIT" failed
