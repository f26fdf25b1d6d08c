node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
varnish_conf <<'EOF'
backend default {
    .host = "127.0.0.1";
    .port = "3000";
}
sub vcl_recv {
    return (pass);
}
EOF
varnish_up
systemctl stop api
hit http://api.test/ 3
systemctl start api
wait_port 3000
eventually sees http://api.test/ 200
