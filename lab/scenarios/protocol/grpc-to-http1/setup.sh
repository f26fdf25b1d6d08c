node_app rpc <<'EOF'
require('http2').createServer((q,r)=>{r.end('ok')}).listen(50051,'127.0.0.1');
EOF
start rpc 50051
site api <<'EOF'
server { listen 80; server_name api.test; location / { grpc_pass grpc://127.0.0.1:50051; } }
EOF
nginx_up
