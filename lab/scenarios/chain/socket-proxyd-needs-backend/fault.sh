sed -i '1i import flask_login' /srv/app/app.py
systemctl stop app-relay.service app.service
hit http://app.test/
