hit http://api.test/ 25
sleep 1.5
