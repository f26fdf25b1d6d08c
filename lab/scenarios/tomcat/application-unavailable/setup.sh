rm /var/lib/tomcat10/webapps/ROOT/index.html
touch /var/lib/tomcat10/webapps/stock
tomcat_page index.jsp <<'JSP'
<% if (!new java.io.File("/var/lib/tomcat10/webapps/stock").exists()) {
    response.sendError(503, "the stock database is not there");
    return;
} %>shop
JSP
tomcat_up
proxy_site shop http://127.0.0.1:8080
nginx_up
eventually sees http://shop.test/ 200
