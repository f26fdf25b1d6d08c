systemctl stop www
hit http://api.test/v1/price
wait_state api failed
eventually sees http://api.test/v1/orders 503
