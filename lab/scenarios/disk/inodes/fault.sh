systemctl stop app
mkdir /var/lib/app/sessions
touch /var/lib/app/sessions/{1..300} 2>/dev/null || :
systemctl start app || :
wait_state app failed
