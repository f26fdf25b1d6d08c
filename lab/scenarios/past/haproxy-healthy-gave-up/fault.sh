for visitor in 1 2 3 4; do curl -s -o /dev/null --max-time 0.4 http://api.test/slow || :; done
hit http://api.test/503 3
hit http://api.test/ 3
