printf '  web: [\n' >>/etc/verdaccio/config.yaml
systemctl restart verdaccio || :
wait_state verdaccio failed
