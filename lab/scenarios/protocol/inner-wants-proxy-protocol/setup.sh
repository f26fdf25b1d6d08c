conf inner <<'INC'
server {
    listen 127.0.0.1:8081;
    server_name _;
    location / { return 200 "inner\n"; }
}
INC
proxy_site www http://127.0.0.1:8081
nginx_up
