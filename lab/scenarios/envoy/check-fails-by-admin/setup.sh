node_app api <<'JS'
const fs = require('fs');
require('http').createServer((q, r) => {
  r.statusCode = q.url === '/health' && fs.existsSync('/run/moved') ? 404 : 200;
  r.end('ok\n');
}).listen(3000, '127.0.0.1');
JS
start api 3000
envoy_api 0.0.0.0 80 '    health_checks:
    - timeout: 1s
      interval: 0.2s
      no_traffic_interval: 0.2s
      unhealthy_threshold: 1
      healthy_threshold: 1
      http_health_check: {path: /health}
    common_lb_config: {healthy_panic_threshold: {value: 0}}'
echo 'admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}' >>/etc/envoy/envoy.yaml
envoy_up
eventually sees http://api.test/ 200
