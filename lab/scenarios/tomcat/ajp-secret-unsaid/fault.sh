sed -i 's/ secretRequired="false"/ secret="correct horse"/' /etc/tomcat10/server.xml
systemctl restart tomcat10
wait_port 8009
eventually sees http://shop.test/ 403
