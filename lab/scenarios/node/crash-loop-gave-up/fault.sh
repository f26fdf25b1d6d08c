: >/etc/api.env
systemctl restart api || :
wait_log api 'Start request repeated too quickly'
