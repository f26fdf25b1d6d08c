systemctl start mailer
wait_state mailer failed
touch /srv/files/closed
