pm2_user shop
systemctl start pm2-shop
PORT=3000 pm2_app shop --no-autorestart --node-args=--max-old-space-size=24 <<'JS'
const kept = [];
require('http').createServer((request, response) => {
  if (request.url === '/report') for (;;) kept.push(new Array(10000).fill(kept.length));
  response.end('shop');
}).listen(process.env.PORT, '127.0.0.1');
JS
proxy_site shop http://127.0.0.1:3000
nginx_up
eventually sees http://shop.test/ 200
