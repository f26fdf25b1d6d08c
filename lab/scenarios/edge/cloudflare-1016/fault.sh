cat >/srv/edge/nginx.conf <<'CONF'
pid /run/edge.pid;
events {}
http {
    access_log off;
    server {
        listen 80;
        add_header CF-RAY 8f0a1b2c3d4e5f60-FRA always;
        location / { default_type text/plain; return 530 "error code: 1016"; }
    }
}
CONF
edge_reload
eventually sees http://shop.test/ 530
