systemctl stop api
(sleep 4; systemctl start api) &
endure http://api.test/ 5
wait
hit http://api.test/ 3
eventually grep -q ' 503 ' /var/log/varnish/varnishncsa.log
systemctl restart varnish
wait_port 80
# It finds the new one by itself.
eventually bash -c 'curl -s -o /dev/null http://api.test/again && grep -q again /var/log/varnish/varnishncsa.log'
