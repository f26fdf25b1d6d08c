nft add table inet f2b
nft add set inet f2b banned '{ type ipv4_addr; }'
nft add chain inet f2b in '{ type filter hook input priority -1; }'
nft add rule inet f2b in tcp dport 80 ip saddr @banned drop
nft add element inet f2b banned '{ 203.0.113.2 }'
cat >/srv/edge/nginx.conf <<'CONF'
pid /run/edge.pid;
events {}
http {
    access_log off;
    server {
        listen 80;
        add_header CF-RAY 8f0a1b2c3d4e5f60-FRA always; proxy_connect_timeout 1s;
        location / { proxy_pass http://192.0.2.10; error_page 504 =522 /522; }
        location = /522 { internal; default_type text/plain; return 522 "error code: 522"; }
    }
}
CONF
edge_reload
eventually sees http://shop.test/ 522
