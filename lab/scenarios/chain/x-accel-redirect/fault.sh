systemctl stop store
