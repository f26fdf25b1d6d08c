systemctl stop two
curl -s -o /dev/null http://127.0.0.1:5432/ || :
hit http://app.test/ 4
