node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
sed -i 's#^error_log .*#error_log syslog:server=unix:/dev/log,tag=web warn;#; s#access_log /var/log/nginx/access.log;#access_log syslog:server=unix:/dev/log,tag=web combined;#' /etc/nginx/nginx.conf
proxy_site api http://127.0.0.1:3000
nginx_up
