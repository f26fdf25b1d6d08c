touch /srv/flaky/hang-up
hit http://api.test/ 6
grep -q 'prematurely closed' /var/log/nginx/error.log
