node_app app 'Environment=PORT=3200' <<<"$NODE_HELLO"
start app 3200
apache_modules proxy proxy_http
apache_site app <<'EOF2'
<VirtualHost *:80>
    ServerName app.test
    ProxyPass / http://127.0.0.1:3200/
    ErrorLog "|/usr/bin/rotatelogs ${APACHE_LOG_DIR}/app-error 5M"
    CustomLog "|/usr/bin/rotatelogs ${APACHE_LOG_DIR}/app-access 86400" combined
</VirtualHost>
EOF2
apache_up
