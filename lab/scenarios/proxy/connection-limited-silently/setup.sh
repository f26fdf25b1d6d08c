node_app api <<'EOF'
require('http').createServer((q,r)=>{ if(q.url=='/slow'){setTimeout(()=>r.end('x'),60000)} else r.end('ok')}).listen(3000,'127.0.0.1');
EOF
start api 3000
conf z <<'EOF'
limit_conn_zone $server_name zone=per:1m;
limit_conn_log_level info;
EOF
site api <<'EOF'
server { listen 80; server_name api.test; limit_conn per 4; location / { proxy_pass http://127.0.0.1:3000; proxy_read_timeout 90s; } }
EOF
nginx_up
