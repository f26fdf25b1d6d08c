background curl -s -o /dev/null --max-time 10 http://shop.test/cart
endure http://shop.test/
logrotate --force /etc/logrotate.d/nginx
# A log that got nothing since is not rotated again.
eventually test -e /var/log/nginx/error.log
head -c 2M /dev/zero | curl -s -o /dev/null --data-binary @- http://shop.test/upload || :
eventually test -s /var/log/nginx/error.log
logrotate --force /etc/logrotate.d/nginx
hit http://shop.test/ 3
test -e /var/log/nginx/error.log.2.gz
