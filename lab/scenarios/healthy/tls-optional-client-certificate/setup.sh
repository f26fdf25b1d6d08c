authority company
certificate api company something.else
tls_app api 8443 'requestCert: true, rejectUnauthorized: false,'
proxy_site api https://127.0.0.1:8443
nginx_up
systemctl stop api
hit http://api.test/ 5
start api 127.0.0.1:8443
age_log /var/log/nginx/error.log
