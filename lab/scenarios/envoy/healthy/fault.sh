hit http://api.test/old/ 5
