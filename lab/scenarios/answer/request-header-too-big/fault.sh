token=$(printf 'x%.0s' $(seq 1 3000))
sed -i "/proxy_pass/a proxy_set_header X-Session \"$token\"; proxy_set_header X-Groups \"$token\";" \
    /etc/nginx/sites-available/api
nginx_reload
