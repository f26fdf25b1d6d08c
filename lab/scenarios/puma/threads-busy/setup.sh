user shop
mkdir -p /srv/shop
cat >/srv/shop/config.ru <<'RB'
run ->(env) { sleep 600 if env['PATH_INFO'] == '/import'; [200, { 'content-type' => 'text/plain' }, ["shop\n"]] }
RB
cat >/srv/shop/puma.rb <<'RB'
bind 'unix:///run/shop/puma.sock?umask=0000'
workers 2
threads 2, 2
RB
app_unit shop '/usr/bin/puma -C /srv/shop/puma.rb' 'RuntimeDirectory=shop
RuntimeDirectoryMode=0755'
start shop /run/shop/puma.sock
proxy_site shop http://unix:/run/shop/puma.sock 'proxy_read_timeout 2s;'
nginx_up
