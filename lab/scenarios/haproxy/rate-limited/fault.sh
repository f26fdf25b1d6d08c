hit http://api.test/ 25
