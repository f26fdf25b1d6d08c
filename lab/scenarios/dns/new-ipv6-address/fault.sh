sed -i 's/host-record=api.internal.*/host-record=api.internal,127.0.0.1,2001:db8::9/' /etc/names.conf
systemctl restart names
sleep 2
hit http://api.test/ 20
