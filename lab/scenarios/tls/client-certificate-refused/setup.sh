authority company
authority successor
certificate vault company vault.internal
certificate client company proxy.internal
cp /etc/ssl/lab/company.crt /etc/ssl/lab/clients.crt
tls_app vault 8200 'requestCert: true, rejectUnauthorized: true, ca: fs.readFileSync("/etc/ssl/lab/clients.crt"),'
proxy_site vault https://localhost:8200 'proxy_ssl_certificate /etc/ssl/lab/client.crt;
        proxy_ssl_certificate_key /etc/ssl/lab/client.key;
        proxy_ssl_protocols TLSv1.2 TLSv1.3;'
nginx_up
