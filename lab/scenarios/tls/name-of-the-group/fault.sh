conf api_servers <<'EOF'
upstream api_servers {
    server 127.0.0.1:8443;
}
EOF
sed -i 's#https://api.company.internal:8443#https://api_servers#' /etc/nginx/sites-available/api
nginx_reload
