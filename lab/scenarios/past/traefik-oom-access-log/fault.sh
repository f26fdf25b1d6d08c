hit http://api.test/ 5
background curl -s -o /dev/null --max-time 20 http://api.test/fill
endure http://api.test/ 5
