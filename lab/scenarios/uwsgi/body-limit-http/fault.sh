systemctl start mailer
wait_state mailer failed
for n in 1 2; do
    curl -s -o /dev/null -w '%{http_code}\n' --upload-file /srv/files/film http://files.test/films/
done
