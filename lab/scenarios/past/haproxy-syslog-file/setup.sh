mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\nForwardToSyslog=yes\n' >/etc/systemd/journald.conf.d/syslog.conf
cat >/usr/local/sbin/syslog-to-file <<'PY'
import os, re, socket
path = '/run/systemd/journal/syslog'
if os.path.exists(path): os.unlink(path)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
host = socket.gethostname()
while True:
    text = s.recv(65536).decode(errors='replace')
    told = re.match(r'<\d+>(\w{3} [ \d]\d \d\d:\d\d:\d\d) (haproxy\[\d+\]: .*)', text, re.S)
    if told:
        with open('/var/log/haproxy.log', 'a') as log:
            log.write(f'{told[1]} {host} {told[2].rstrip()}\n')
PY
unit syslog-to-file.service <<'EOF'
[Service]
ExecStart=/usr/bin/python3 /usr/local/sbin/syslog-to-file
EOF
systemctl start syslog-to-file
eventually test -S /run/systemd/journal/syslog
systemctl restart systemd-journald
node_app api 'Environment=PORT=3000
Restart=always
RestartSec=4s' <<'JS'
const http = require('http');
http.createServer((request, response) => {
  if (request.url === '/import') setTimeout(() => { throw new Error('no such warehouse'); }, 1);
  else if (request.url === '/slow') setTimeout(() => response.end('slow\n'), 3000);
  else response.end('ok\n');
}).listen(process.env.PORT, '127.0.0.1');
JS
start api 127.0.0.1:3000
haproxy_conf <<'EOF'
frontend web
    bind *:80
    default_backend app
backend app
    option httpchk GET /health
    server a 127.0.0.1:3000 check inter 200ms fall 2 rise 2
EOF
haproxy_up
hit http://api.test/ 3
eventually test -s /var/log/haproxy.log
