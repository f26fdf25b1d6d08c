hit http://other.test/ 3
systemctl stop api
(sleep 5; systemctl start api) &
endure http://api.test/ 5
wait
hit http://other.test/ 2
# It writes what it holds back.
eventually grep -q 'other.test.* 503 ' /var/log/varnish/varnishncsa.log
