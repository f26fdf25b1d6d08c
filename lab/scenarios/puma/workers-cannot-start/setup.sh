user shop
mkdir -p /srv/shop
cat >/srv/shop/config.ru <<'EOF'
require_relative 'app'
run App
EOF
cat >/srv/shop/app.rb <<'EOF'
App = proc { |env| [200, {'content-type' => 'text/plain'}, ["ok\n"]] }
EOF
cat >/srv/shop/puma.rb <<'EOF'
workers 2
threads 1, 1
bind 'tcp://127.0.0.1:9292'
EOF
chown -R shop: /srv/shop
app_unit shop '/usr/bin/puma -C /srv/shop/puma.rb'
start shop 9292
proxy_site shop http://127.0.0.1:9292 'proxy_read_timeout 2s;'
nginx_up
eventually sees http://shop.test/ 200
