node_app shop <<<"$NODE_HELLO"
start shop 3000
node_app shop-worker 'Restart=no' <<'JS'
const net = require('net');
net.connect({ host: '127.0.0.1', port: 3000 }, () => console.log('connected'));
JS
proxy_site shop http://127.0.0.1:3000
nginx_up
