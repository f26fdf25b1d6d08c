node_app api 'Environment=PORT=3000
Restart=on-failure
StandardOutput=append:/var/log/api.log' <<<"$NODE_HELLO"
start api 3000
proxy_site api http://127.0.0.1:3000
nginx_up
cat >/etc/logrotate.d/api <<'CONF'
/var/log/api.log {
    daily
    rotate 7
    postrotate
        systemctl kill -s HUP api.service
    endscript
}
CONF
