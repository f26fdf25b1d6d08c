node_app api 'Environment=PORT=3000' <<'JS'
const slugify = require('slugify');
const http = require('http');
http.createServer((request, response) => response.end(slugify('Hello World') + '\n'))
  .listen(process.env.PORT, '127.0.0.1');
JS
mkdir -p /srv/api/node_modules/slugify
echo "module.exports = (text) => text.toLowerCase().replace(/ /g, '-');" >/srv/api/node_modules/slugify/index.js
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
