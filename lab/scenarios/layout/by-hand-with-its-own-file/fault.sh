systemctl stop nginx
mkdir -p /opt/nginx
cat >/opt/nginx/nginx.conf <<'EOF'
pid /run/nginx2.pid;
events {}
http {
  access_log /opt/nginx/access.log;
  error_log /opt/nginx/error.log;
  server { listen 80; server_name shop.test; location / { proxy_pass http://127.0.0.1:3300; } }
}
EOF
/usr/sbin/nginx -c /opt/nginx/nginx.conf
wait_port 80
