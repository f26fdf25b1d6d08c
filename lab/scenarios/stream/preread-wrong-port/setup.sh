authority company
certificate api company api.test
tls_app api 8443
stream_conf <<'INC'
    map $ssl_preread_server_name $name {
        ~^api\.     api;
        default     other;
    }
    upstream api   { server 127.0.0.1:8443; }
    upstream other { server 127.0.0.1:9; }
    server {
        listen 443;
        ssl_preread on;
        proxy_pass $name;
    }
INC
nginx_up
wait_port 443
