sed -i 's/<Connector port="8080"/<Connector port="8080" maxThreads="6"/' /etc/tomcat10/server.xml
tomcat_page report.jsp <<<'<% if (new java.io.File("/var/lib/tomcat10/webapps/slow").exists()) Thread.sleep(600000); %>report'
tomcat_up
proxy_site shop http://127.0.0.1:8080 'proxy_read_timeout 2s;'
nginx_up
eventually sees http://shop.test/report.jsp 200
