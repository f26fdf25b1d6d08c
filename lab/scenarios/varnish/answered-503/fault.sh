varnish_conf <<'EOF'
backend default { .host = "127.0.0.1"; .port = "3000"; }
sub vcl_recv {
    if (req.url !~ "^/admin/" && !req.http.X-Insider) {
        return (synth(503, "We are moving"));
    }
    return (pass);
}
EOF
varnish_up
