sed -i 's#proxy_pass http://127.0.0.1:3000;#proxy_pass http://127.0.0.1:3000#' /etc/nginx/sites-available/api
systemctl restart nginx || :
wait_state nginx failed
