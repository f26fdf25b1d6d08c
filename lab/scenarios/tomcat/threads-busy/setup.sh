sed -i 's/<Connector port="8080"/<Connector port="8080" address="127.0.0.1" maxThreads="4" minSpareThreads="2"/' /etc/tomcat10/server.xml
tomcat_page index.jsp <<<'shop <%= 1 + 1 %>'
tomcat_page import.jsp <<<'<% Thread.sleep(600000); %>'
tomcat_up
proxy_site shop http://127.0.0.1:8080 'proxy_read_timeout 2s;
        location /import.jsp { proxy_pass http://127.0.0.1:8080; proxy_read_timeout 600s; }'
nginx_up
eventually sees http://shop.test/ 200
