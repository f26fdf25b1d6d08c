hold http://api.test/export 2
eventually sees http://api.test/ 503
