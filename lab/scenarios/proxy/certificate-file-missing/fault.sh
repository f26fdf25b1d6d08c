rm /etc/ssl/lab/shop.crt
systemctl restart nginx || :
wait_state nginx failed
