sed -i '0,/<Connector port="8080"/s//<Connector port="8090"/' /etc/tomcat10/server.xml
sed -i 's/:8080/:8090/' /etc/nginx/sites-available/shop
nginx_reload
