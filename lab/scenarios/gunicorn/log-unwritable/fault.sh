chown root: /var/log/shop/error.log
chmod 640 /var/log/shop/error.log
systemctl restart shop || :
wait_state shop failed
