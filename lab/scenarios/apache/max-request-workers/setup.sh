node_app app <<'JS'
require('http').createServer((q, r) => { if (q.url !== '/hang') r.end('ok\n'); }).listen(3000, '127.0.0.1');
JS
start app 3000
apache_proxy web http://127.0.0.1:3000/
cat >/etc/apache2/mods-available/mpm_prefork.conf <<'EOF'
StartServers 2
MinSpareServers 1
MaxSpareServers 4
MaxRequestWorkers 4
ServerLimit 4
EOF
systemctl enable -q apache2
systemctl restart apache2
wait_port 80
