sed -i '1i import stripe' /srv/shop/app.py
systemctl restart shop || :
wait_state shop failed
