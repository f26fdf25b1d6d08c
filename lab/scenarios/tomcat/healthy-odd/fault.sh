hit http://shop.test/report.jsp
wait_state tomcat10 failed
tomcat_page broken.jsp <<<'<% Object nothing = null; nothing.toString(); %>'
systemctl reset-failed tomcat10
tomcat_up
eventually sees http://shop.test/ 200
hit http://shop.test/broken.jsp 3
