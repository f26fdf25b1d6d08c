sed -i '1i <<<<<<< HEAD' /opt/web/current/app.py
systemctl restart web@8001 web@8002 web@8003 || :
wait_state web@8003 failed
wait_state web@8001 failed
