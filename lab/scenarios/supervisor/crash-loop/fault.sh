echo '{}' >/srv/shop/settings.json
supervisorctl restart shop || :
often() { [ "$(grep -c 'exited: shop' /var/log/supervisor/supervisord.log)" -ge 4 ]; }
eventually often
