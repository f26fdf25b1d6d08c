curl -s -o /dev/null --max-time 0.3 http://api.test/slow || :
hit http://api.test/ 2
background curl -s -o /dev/null --max-time 10 http://api.test/import
endure http://api.test/
wait_state api active
eventually grep -q 'is UP' /var/log/haproxy.log
