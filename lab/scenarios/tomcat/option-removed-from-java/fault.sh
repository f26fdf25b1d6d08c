sed -i '/^JAVA_OPTS/d' /etc/default/tomcat10
echo 'JAVA_OPTS="-Djava.awt.headless=true -XX:+UseConcMarkSweepGC -Xmx256m"' >>/etc/default/tomcat10
systemctl restart tomcat10 || :
wait_state tomcat10 failed
