hit http://app.test/ 3
touch /srv/app/audit
# Three waves of visitors: each overflows the queue, and the calm after it empties it.
for wave in 1 2 3; do
    for visitor in $(seq 1 30); do background curl -s -o /dev/null --max-time 5 http://app.test/; done
    sleep 2
done
rm /srv/app/audit
has_overflow() { [ "$(grep -c 'while connecting' /var/log/nginx/error.log)" -gt 5 ]; }
eventually has_overflow
hit http://app.test/ 5
