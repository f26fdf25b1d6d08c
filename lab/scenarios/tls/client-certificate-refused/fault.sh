cp /etc/ssl/lab/successor.crt /etc/ssl/lab/clients.crt
start vault 127.0.0.1:8200
