nft add table inet guard
nft add chain inet guard in '{ type filter hook input priority 0; }'
nft add rule inet guard in ip saddr 203.0.113.0/24 tcp dport 80 counter reject with tcp reset
cat >/srv/edge/nginx.conf <<'CONF'
pid /run/edge.pid;
events {}
http {
    access_log off;
    server {
        listen 80;
        add_header CF-RAY 8f0a1b2c3d4e5f60-FRA always;
        location / { proxy_pass http://192.0.2.10; error_page 502 =521 /521; }
        location = /521 { internal; default_type text/plain; return 521 "error code: 521"; }
    }
}
CONF
edge_reload
eventually sees http://shop.test/ 521
