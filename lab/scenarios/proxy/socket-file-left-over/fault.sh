systemctl kill -s KILL nginx
wait_state nginx failed
systemctl start nginx || :
wait_state nginx failed
