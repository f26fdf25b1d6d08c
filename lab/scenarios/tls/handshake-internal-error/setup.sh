authority company
certificate keys company keys.internal
node_app keys <<'JS'
const fs = require('fs');
const tls = require('tls');
require('https').createServer({
  SNICallback: (name, done) => {
    try {
      done(null, tls.createSecureContext({
        key: fs.readFileSync('/srv/keys/keys.key'),
        cert: fs.readFileSync('/etc/ssl/lab/keys.crt'),
      }));
    } catch (error) {
      console.error('no key for', name, error.message);
      done(error);
    }
  },
}, (request, response) => response.end('keys\n')).listen(8443, '127.0.0.1');
JS
cp /etc/ssl/lab/keys.key /srv/keys/keys.key
chown keys: /srv/keys/keys.key
start keys 127.0.0.1:8443
proxy_site keys https://127.0.0.1:8443 'proxy_ssl_server_name on; proxy_ssl_name keys.internal; proxy_ssl_session_reuse off;'
nginx_up
