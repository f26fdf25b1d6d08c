node_app api <<'JS'
const fs = require('fs');
require('http').createServer((request, response) => {
  const wait = fs.existsSync('/run/slow') && request.url !== '/' ? 4000 : 0;
  setTimeout(() => response.end('ok\n'), wait);
}).listen(3000, '127.0.0.1');
JS
start api 3000
{
    envoy_http 0.0.0.0 80
    cat <<'EOF'
            - name: api
              domains: [api.test]
              routes:
                - match: {prefix: /}
                  route:
                    cluster: api
                    timeout: 2s
  clusters:
EOF
    envoy_cluster api 3000
} | envoy_conf
envoy_up
eventually sees http://api.test/ 200
