hit http://blog.test/ 2
