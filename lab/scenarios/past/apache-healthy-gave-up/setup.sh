node_app api 'Environment=PORT=3000' <<'JS'
require('http').createServer((request, response) => {
  if (request.url === '/503') { response.statusCode = 404; response.end(); }
  else if (request.url === '/slow') setTimeout(() => response.end('slow\n'), 4000);
  else response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
apache_proxy api http://127.0.0.1:3000/
apache_proxy news http://127.0.0.1:9/
apache_up
echo '127.0.0.1 news.test' >>/etc/hosts
