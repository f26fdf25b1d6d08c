hit http://app.test/report
hit http://app.test/ 4
