systemctl stop app
hit http://app.test/ 10
start app 127.0.0.1:8000
