systemctl stop tomcat10
ip address del 192.0.2.77/24 dev eth0
systemctl start tomcat10
wait_log tomcat10 'Cannot assign requested address'
wait_log tomcat10 'Server startup in'
# A virtual address has come back since.
ip address add 192.0.2.77/24 dev eth0
