hit http://app.test/app/ 4
