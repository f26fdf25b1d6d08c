sed -i '1i from settings import DEBUG' /srv/app/app.py
systemctl restart app || :
wait_state app failed
