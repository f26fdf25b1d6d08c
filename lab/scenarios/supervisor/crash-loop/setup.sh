user shop
mkdir -p /srv/shop /var/log/shop
cat >/srv/shop/app.py <<<"$WSGI_HELLO"
supervised shop '/usr/bin/python3 /srv/shop/serve.py' <<'EOF'
user=shop
autorestart=true
startsecs=0
environment=PORT="8000"
EOF
cat >/srv/shop/serve.py <<'PY'
import http.server, json, os, time
settings = json.load(open("/srv/shop/settings.json"))
time.sleep(0.5)
currency = settings["currency"]
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), http.server.SimpleHTTPRequestHandler).serve_forever()
PY
echo '{ "currency": "EUR" }' >/srv/shop/settings.json
supervisor_up
wait_port 8000
proxy_site shop http://127.0.0.1:8000
nginx_up
