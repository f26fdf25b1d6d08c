hold http://api.test/export 3
eventually sees http://api.test/ 503
