node_app api 'EnvironmentFile=/etc/default/api' <<<"$NODE_HELLO"
echo PORT=3000 >/etc/default/api
start api 127.0.0.1:3000

mkdir -p /etc/nginx/upstreams.d
cat >/etc/nginx/upstreams.d/api.conf <<'EOF'
upstream api_backend {
    server 127.0.0.1:3000;
    keepalive 8;
}
EOF
conf 10-upstreams <<<'include /etc/nginx/upstreams.d/*.conf;'
site api <<'EOF'
server {
    listen 80;
    listen [::]:80;
    server_name api.test www.api.test;

    location /v1/ {
        proxy_pass http://api_backend/;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }
    location / {
        return 404;
    }
}
EOF
nginx_up
