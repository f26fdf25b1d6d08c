printf 'PORT=4000\nKEEP_ALIVE_MS=20\n' >/etc/default/orders
start orders 4000
for try in $(seq 1 120); do
    curl -s -o /dev/null --max-time 10 -d order=1 http://orders.test/ || :
    if [ "$(grep -c 'POST / HTTP/1.1" 502' /var/log/nginx/access.log)" -ge 8 ]; then break; fi
done
[ "$(grep -c 'POST / HTTP/1.1" 502' /var/log/nginx/access.log)" -ge 3 ]
