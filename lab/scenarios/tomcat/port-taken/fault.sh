systemctl stop tomcat10
wait_gone 8080
background dnsmasq --keep-in-foreground --port=8080 --no-resolv --listen-address=127.0.0.1 --bind-interfaces --pid-file --user=nobody
wait_port 8080
systemctl start tomcat10
wait_log tomcat10 'Address already in use'
