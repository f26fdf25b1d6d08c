touch /var/lib/tomcat10/webapps/slow
