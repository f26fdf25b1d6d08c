sed -i 's/^worker_processes auto;/worker_processes 1;\nworker_rlimit_nofile 32;/' /etc/nginx/nginx.conf
conf timeouts <<<'client_header_timeout 1h;'
node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 127.0.0.1:3000
proxy_site api http://127.0.0.1:3000
nginx_up
