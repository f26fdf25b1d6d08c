hold http://api.test/slow 4
sleep 0.5
hit http://api.test/ 2
