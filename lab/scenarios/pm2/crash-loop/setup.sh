pm2_user shop
systemctl start pm2-shop
cat >/srv/shop/mail.js <<<"$NODE_HELLO"
cat >/srv/shop/settings.json <<<'{ "shop": { "currency": "EUR" } }'
PORT=3010 as_pm2 shop start /srv/shop/mail.js --name mail
pm2_app shop <<'JS'
const settings = require('./settings.json');
const currency = settings.shop.currency;
const server = require('http').createServer((request, response) => response.end('prices in ' + currency));
server.listen(3000, '127.0.0.1');
JS
proxy_site shop http://127.0.0.1:3000
nginx_up
eventually sees http://shop.test/ 200
