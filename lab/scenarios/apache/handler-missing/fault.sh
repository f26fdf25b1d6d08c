a2dismod -q -f proxy_http >/dev/null
systemctl restart apache2
eventually sees http://api.test/ 500
