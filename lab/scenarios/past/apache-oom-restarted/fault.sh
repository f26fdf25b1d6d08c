curl -s -o /dev/null -H 'Host: blog.test' http://127.0.0.1/ || :
background curl -s -o /dev/null --max-time 10 http://reports.test/yearly
endure http://reports.test/
curl -s -o /dev/null -H 'Host: blog.test' http://127.0.0.1/ || :
wait_state reports active
