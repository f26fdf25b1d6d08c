sed -i 's/address:/adress:/' /etc/traefik/traefik.yml
systemctl restart traefik || :
wait_log traefik "Command error"
