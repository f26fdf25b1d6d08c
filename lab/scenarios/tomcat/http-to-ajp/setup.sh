sed -i 's#<Engine name="Catalina" defaultHost="localhost">#<Connector protocol="AJP/1.3" address="127.0.0.1" port="8009" secretRequired="false" />\n    &#' /etc/tomcat10/server.xml
tomcat_page index.jsp <<<'shop <%= 1 + 1 %>'
tomcat_up 8009
proxy_site shop http://127.0.0.1:8080
nginx_up
eventually sees http://shop.test/ 200
