systemctl start report.service
