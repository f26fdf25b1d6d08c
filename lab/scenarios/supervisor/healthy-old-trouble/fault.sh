eventually grep -q 'gave up: old' /var/log/supervisor/supervisord.log
supervisorctl restart shop
wait_port 8000
