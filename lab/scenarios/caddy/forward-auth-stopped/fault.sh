systemctl stop auth
hit http://app.test/page 2
