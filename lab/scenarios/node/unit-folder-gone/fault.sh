rm -rf /opt/api/releases/41
systemctl restart api-prod || :
sleep 2
