certificate api team api.internal
cat /etc/ssl/lab/team.crt /etc/ssl/lab/division.crt >>/etc/ssl/lab/api.crt
start api 127.0.0.1:8443
