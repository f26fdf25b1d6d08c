cat >/usr/local/bin/nourl <<'N'
#!/bin/bash
a=(); for w in "$@"; do case $w in http*) ;; *) a+=("$w");; esac; done
exec "${a[@]}"
N
chmod 755 /usr/local/bin/nourl

node_app shop <<<"$NODE_HELLO"; start shop 3000
proxy_site shop http://127.0.0.1:3000
site gone <<'N'
server {
    listen 80;
    server_name old.test;
    location / { return 444; }
}
N
nginx_up
