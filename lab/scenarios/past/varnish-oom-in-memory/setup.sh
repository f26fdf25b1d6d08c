filling_app 'Restart=always
RestartSec=4s'
varnish_conf <<'VCL'
backend default { .host = "127.0.0.1"; .port = "3000"; }
sub vcl_recv { return (pass); }
VCL
varnish_up
