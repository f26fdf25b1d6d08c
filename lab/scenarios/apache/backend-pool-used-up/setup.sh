node_app app <<'JS'
require('http').createServer((q, r) => { if (q.url !== '/hang') r.end('ok\n'); }).listen(3000, '127.0.0.1');
JS
start app 3000
apache_proxy web http://127.0.0.1:3000/
sed -i 's#ProxyPass / http://127.0.0.1:3000/#& max=2 acquire=300#' /etc/apache2/sites-available/web.conf
cat >/etc/apache2/mods-available/mpm_event.conf <<'EOF'
StartServers 1
ServerLimit 1
ThreadsPerChild 25
MaxRequestWorkers 25
EOF
a2dismod -q -f mpm_prefork >/dev/null
apache_modules mpm_event
apache_up
