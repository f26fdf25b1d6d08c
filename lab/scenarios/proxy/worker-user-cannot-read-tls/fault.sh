rm /etc/ssl/lab/shop.key
systemctl restart nginx || :
wait_state nginx failed
