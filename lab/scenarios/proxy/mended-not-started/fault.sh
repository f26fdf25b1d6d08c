sed -i 's#proxy_pass http://127.0.0.1:3000;#proxy_pas http://127.0.0.1:3000;#' /etc/nginx/sites-available/api
systemctl restart nginx || :
wait_state nginx failed
sleep 1.1
sed -i 's#proxy_pas #proxy_pass #' /etc/nginx/sites-available/api
