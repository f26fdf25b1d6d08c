mkdir -p /srv/packages
chmod 700 /srv/packages
sed -i 's#^storage:.*#storage: /srv/packages#' /etc/verdaccio/config.yaml
systemctl restart verdaccio || :
wait_state verdaccio failed
