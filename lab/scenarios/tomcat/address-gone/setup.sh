ip address add 192.0.2.77/24 dev eth0
sed -i 's/<Connector port="8080"/<Connector address="192.0.2.77" port="8080"/' /etc/tomcat10/server.xml
tomcat_page index.jsp <<<'shop <%= 1 + 1 %>'
tomcat_up
proxy_site shop http://192.0.2.77:8080
nginx_up
eventually sees http://shop.test/ 200
