hit http://shop.test/ 3
hit http://shop.test/close.jsp
wait_state tomcat10 failed
