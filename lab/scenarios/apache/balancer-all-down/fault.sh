systemctl stop app1 app2
hit http://app.test/ 3
