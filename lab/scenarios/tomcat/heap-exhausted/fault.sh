hit http://shop.test/report.jsp
wait_state tomcat10 failed
