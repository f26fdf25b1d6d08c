sed -i 's/var.app = 3000/var.app = 3001/' /etc/lighttpd/conf-enabled/50-lab.conf
lighttpd_up
