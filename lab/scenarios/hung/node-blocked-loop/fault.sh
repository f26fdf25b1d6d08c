hold http://api.test/search?q=shoes
hit http://api.test/
