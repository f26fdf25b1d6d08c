node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
varnish_conf <<'VCL'
backend api { .host = "127.0.0.1"; .port = "3000"; }
backend other { .host = "127.0.0.1"; .port = "4000"; }
sub vcl_recv {
    if (req.http.host == "other.test") {
        set req.backend_hint = other;
    } else {
        set req.backend_hint = api;
    }
    return (pass);
}
VCL
varnish_up
systemctl enable -q --now varnishncsa
echo '127.0.0.1 other.test' >>/etc/hosts
