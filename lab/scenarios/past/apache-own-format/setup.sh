node_app portal 'Environment=PORT=3400' <<<"$NODE_HELLO"
start portal 3400
mkdir -p /data/logs
apache_modules proxy proxy_http
apache_site app <<'EOF'
ErrorLogFormat "[%{cu}t] [%-m:%-l] [pid %P] %7F: %E: [client\ %a] %M"
LogFormat "%{%Y-%m-%dT%H:%M:%S}t.%{usec_frac}t %v %a \"%r\" %>s %D" ours
<VirtualHost *:80>
  ServerName app.test
  ErrorLog /data/logs/app-error.log
  CustomLog /data/logs/app-access.log ours
  ProxyPass / http://127.0.0.1:3400/ retry=0
</VirtualHost>
EOF
apache_up
