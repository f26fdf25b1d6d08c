sed -i '0,/<Connector port="8080"/s//<Connector port="8081"/' /etc/tomcat10/server.xml
systemctl restart tomcat10
eventually sees http://127.0.0.1:8081/ 200
