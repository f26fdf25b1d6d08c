sed -i 's/^JAVA_OPTS=.*/JAVA_OPTS="-Djava.awt.headless=true -Xmx48m -XX:+ExitOnOutOfMemoryError"/' /etc/default/tomcat10
tomcat_page index.jsp <<<'shop <%= 1 + 1 %>'
tomcat_page report.jsp <<'JSP'
<%! static java.util.List<byte[]> rows = new java.util.ArrayList<byte[]>(); %>
<% for (int row = 0; row < 200; row++) rows.add(new byte[1 << 20]); %>
JSP
tomcat_up
proxy_site shop http://127.0.0.1:8080
nginx_up
eventually sees http://shop.test/ 200
