node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
cat >/etc/varnish/backends.vcl <<'EOF'
# all of them
backend pages { .host = "127.0.0.1"; .port = "4000"; }
backend shop {
    .host = "localhost";
    .port = "3000";
    .first_byte_timeout = 20s;
}
EOF
varnish_conf <<'EOF'
include "backends.vcl";
sub choose {
    if (req.http.host ~ "^(www\.)?shop\.test$" && req.url !~ "^/static/") {
        set req.backend_hint = shop;
    } else {
        set req.backend_hint = pages;
    }
}
sub vcl_recv {
    call choose;
    return (pass);
}
EOF
varnish_up
