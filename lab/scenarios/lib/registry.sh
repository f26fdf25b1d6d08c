# shellcheck shell=bash
# Package registries.

# verdaccio_up [LINES]: npm.test is a package registry of its own (Verdaccio on port 4873,
# /etc/verdaccio/config.yaml) behind nginx; it fetches from 127.0.0.1:4881. LINES stand
# with that uplink, indented by 4.
verdaccio_up() {
    user verdaccio
    mkdir -p /etc/verdaccio /srv/verdaccio/storage
    chown -R verdaccio: /srv/verdaccio
    cat >/etc/verdaccio/config.yaml <<EOF
storage: /srv/verdaccio/storage
uplinks:
  upstream:
    url: http://127.0.0.1:4881/
${1:-}
packages:
  '**':
    access: \$all
    publish: \$all
    proxy: upstream
logs: {type: stdout, format: pretty, level: http}
EOF
    unit verdaccio.service <<'EOF'
[Unit]
Description=Verdaccio
After=network.target
StartLimitIntervalSec=60
StartLimitBurst=3

[Service]
User=verdaccio
ExecStart=/usr/local/bin/verdaccio --config /etc/verdaccio/config.yaml --listen 127.0.0.1:4873
Restart=on-failure

[Install]
WantedBy=multi-user.target
EOF
    start verdaccio 4873
    proxy_site npm http://127.0.0.1:4873
    nginx_up
}

# upstream_registry: another registry on port 4881 that has every package.
# /srv/upstream/mute: it takes connections and says nothing; /srv/upstream/shut: it hangs up.
upstream_registry() {
    mkdir -p /srv/upstream
    node_app upstream <<'JS'
const fs = require('fs');
require('http').createServer((request, response) => {
  if (fs.existsSync('/srv/upstream/shut')) { request.socket.destroy(); return; }
  if (fs.existsSync('/srv/upstream/mute')) return;
  const name = decodeURIComponent(request.url.slice(1));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ name, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': {
    name, version: '1.0.0', dist: { shasum: '0'.repeat(40), tarball: `http://127.0.0.1:4881/${name}/-/a-1.0.0.tgz` },
  } } }));
}).listen(4881, '127.0.0.1');
JS
    start upstream 4881
}

# nexus_played: npm.test is Nexus Repository 3 on port 8081 behind nginx, played by Node in
# the format of its source (no Debian package or npm package carries it): 502 where the
# registry behind it is out of reach, 503 where that answers an error, its headers, its
# status page. /srv/nexus/frozen: its database may only be read.
nexus_played() {
    node_app nexus <<'JS'
const fs = require('fs');
const http = require('http');
const server = 'Nexus/3.68.0-04 (OSS)';
const answer = (response, status, text) => {
  response.writeHead(status, { server, 'content-type': 'text/html' });
  response.end(`<html><head><title>${status} - Nexus Repository Manager</title></head><body>${text}</body></html>`);
};
http.createServer((request, response) => {
  const frozen = fs.existsSync('/srv/nexus/frozen');
  if (request.url.startsWith('/service/rest/v1/status')) {
    response.writeHead(frozen ? 503 : 200, { server });
    return response.end();
  }
  if (frozen) return answer(response, 503, 'Nexus Repository Manager is in read-only mode');
  const remote = request.url.replace('/repository/npm/', '/');
  http.get({ host: '127.0.0.1', port: 4881, path: remote }, (told) => {
    if (told.statusCode >= 500) { told.resume(); return answer(response, 503, 'Service Unavailable'); }
    response.writeHead(told.statusCode, { server, 'content-type': 'application/json' });
    told.pipe(response);
  }).on('error', () => answer(response, 502, 'Bad Gateway'));
}).listen(8081, '127.0.0.1');
JS
    start nexus 8081
    proxy_site npm http://127.0.0.1:8081
    nginx_up
}
