sed -i '1i import flask_login' /srv/app/app.py
systemctl stop app.service
systemctl start app.socket
hit http://app.test/ 3
sleep 1
