cat >/srv/edge/nginx.conf <<'CONF'
pid /run/edge.pid;
events {}
http {
    access_log off;
    server {
        listen 80;
        add_header X-Squid-Error "ERR_DNS_FAIL 0" always;
        add_header X-Cache "MISS from cache7" always;
        add_header Via "1.1 cache7 (squid/3.5.27)" always;
        location / { return 503 "<h1>ERROR</h1><h2>The requested URL could not be retrieved</h2>"; }
    }
}
CONF
edge_reload
eventually sees http://shop.test/ 503
