sed -i '1i import requests_toolbelt' /srv/app/app.py
systemctl restart app || :
wait_state app failed
