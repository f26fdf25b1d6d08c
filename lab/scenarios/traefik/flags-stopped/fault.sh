systemctl stop traefik
