hold http://web.test/hang 2
eventually sees http://web.test/ 503
