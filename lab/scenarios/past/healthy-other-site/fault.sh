background curl -s -o /dev/null --max-time 10 http://blog.test/x
endure http://blog.test/
hit http://shop.test/ 5
