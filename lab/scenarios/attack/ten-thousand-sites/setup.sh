node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
awk 'BEGIN {
    for (n = 0; n < 10000; n++) {
        file = sprintf("/etc/nginx/conf.d/sites-%d.conf", n / 100)
        printf "server {\n    listen 80;\n    server_name site-%d.test www.site-%d.test;\n", n, n >file
        print "    access_log off;\n    location / { proxy_pass http://127.0.0.1:3000; proxy_set_header Host $host; }" >file
        printf "    location /static/ { root /var/www/site-%d; }\n}\n", n >file
    }
}'
sed -i 's/^http {/http {\n    server_names_hash_max_size 65536;/' /etc/nginx/nginx.conf
nginx_up
