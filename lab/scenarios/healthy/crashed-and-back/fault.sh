hit http://api.test/cart
wait_log api 'Scheduled restart job'
wait_port 127.0.0.1:3000
