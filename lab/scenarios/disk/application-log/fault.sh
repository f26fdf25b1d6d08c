dd if=/dev/zero of=/var/log/api/access.log.1 bs=1M status=none 2>/dev/null || :
hit http://api.test/ 3
wait_state api failed
