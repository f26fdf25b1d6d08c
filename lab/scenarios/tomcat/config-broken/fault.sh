sed -i '0,/<Connector port="8080"/s//<Connector port="8080" maxThreads="50/' /etc/tomcat10/server.xml
systemctl restart tomcat10
wait_gone 8080
eventually bash -c '! systemctl is-active -q tomcat10'
