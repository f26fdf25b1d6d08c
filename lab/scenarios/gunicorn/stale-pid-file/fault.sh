systemctl kill -s KILL shop
wait_gone 8000
background runuser -u shop sleep 1000
eventually pgrep -u shop sleep
pgrep -u shop sleep >/run/shop/gunicorn.pid
systemctl reset-failed shop
systemctl start shop
wait_state shop failed
