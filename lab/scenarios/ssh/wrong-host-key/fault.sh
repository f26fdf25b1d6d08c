systemctl stop api.service
rm /etc/ssh/ssh_host_*
ssh-keygen -A >/dev/null
systemctl restart ssh.service
