systemctl disable -q --now api
