systemctl stop staging
