sed -i 's#--certfile#--ca-certs /etc/ssl/lab/company.crt --cert-reqs 2 --certfile#' /etc/systemd/system/app.service
systemctl daemon-reload
start app 127.0.0.1:8443
