pm2_user shop
systemctl start pm2-shop
PORT=3000 pm2_app shop <<<"$NODE_HELLO"
proxy_site shop http://127.0.0.1:3000
nginx_up
eventually sees http://shop.test/ 200
