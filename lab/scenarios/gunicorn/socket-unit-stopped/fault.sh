systemctl stop app.socket app.service
rm -f /run/gunicorn-app.sock
