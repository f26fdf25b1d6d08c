sleep 1.2
echo PORT=3005 >/etc/default/api
start api 127.0.0.1:3005
sed -i 's/:3000/:3005/' /etc/nginx/sites-available/api
conf limits <<<'client_max_body_size 20 m;'
systemctl reload nginx || :
