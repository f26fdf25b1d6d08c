lighttpd_api
sed -i 's/"port" => 3000/"port" => 3000, "disable-time" => 300/' /etc/lighttpd/conf-enabled/50-lab.conf
systemctl restart lighttpd
wait_port 80
