touch /srv/supplier-slow
systemctl start wp-cron
eventually sees http://blog.test/ 504
