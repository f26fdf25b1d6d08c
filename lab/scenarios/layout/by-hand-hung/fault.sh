pkill -STOP -u app gunicorn
rm -rf /run/systemd/system
