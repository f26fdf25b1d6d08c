rm /var/lib/tomcat10/webapps/stock
eventually sees http://shop.test/ 503
