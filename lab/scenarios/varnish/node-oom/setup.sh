filling_app
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
