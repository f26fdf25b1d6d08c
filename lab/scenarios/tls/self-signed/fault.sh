openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=api.internal \
    -addext subjectAltName=DNS:api.internal \
    -keyout /etc/ssl/lab/api.key -out /etc/ssl/lab/api.crt 2>/dev/null
chmod 644 /etc/ssl/lab/api.key
start api 127.0.0.1:8443
