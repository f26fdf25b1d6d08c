node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
varnish_conf <<'VCL'
backend default { .host = "127.0.0.1"; .port = "3000"; }
sub vcl_recv { return (pass); }
VCL
varnish_up
systemctl enable -q --now varnishncsa
