touch /srv/app/audit
visitors http://app.test/ 16
has_overflow() { [ "$(grep -c 'while connecting' /var/log/nginx/error.log)" -gt 5 ]; }
eventually has_overflow
