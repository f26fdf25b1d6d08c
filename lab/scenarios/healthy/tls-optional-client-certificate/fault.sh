hit http://api.test/ 3
