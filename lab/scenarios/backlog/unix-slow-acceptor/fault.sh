touch /srv/app/audit
visitors http://app.test/ 110
has_overflow() { [ "$(grep -c 'Resource temporarily unavailable' /var/log/nginx/error.log)" -gt 5 ]; }
eventually has_overflow
