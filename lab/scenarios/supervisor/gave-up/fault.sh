sed -i '1i import requests_oauthlib' /srv/shop/app.py
supervisorctl restart shop || :
eventually grep -q 'gave up: shop' /var/log/supervisor/supervisord.log
