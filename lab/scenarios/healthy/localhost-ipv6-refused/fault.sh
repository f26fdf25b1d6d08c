hit http://api.test/ 8
grep -q 'connect() failed (111.*\[::1\]:3000' /var/log/nginx/error.log
