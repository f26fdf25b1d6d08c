hit http://shop.test/die 1
wait_gone 39999 || :
wait_port 39999
age_log /var/log/nginx/error.log
