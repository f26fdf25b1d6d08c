sed -i 's/ secretRequired="false"//' /etc/tomcat10/server.xml
systemctl restart tomcat10
wait_port 8080
wait_log tomcat10 'secretRequired="true"'
