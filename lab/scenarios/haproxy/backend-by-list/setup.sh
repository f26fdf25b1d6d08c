node_app a 'Environment=PORT=3001' <<<"$NODE_HELLO"
node_app b 'Environment=PORT=3002' <<<"$NODE_HELLO"
start a 3001; start b 3002
mkdir -p /etc/haproxy/lists
echo '# names of the shop
B.test
www.b.test' >/etc/haproxy/lists/shop.lst
echo '/old
/legacy' >/etc/haproxy/lists/old.lst
haproxy_conf <<'C'
frontend web
    bind :80
    no log
    acl shop hdr(host) -i -f /etc/haproxy/lists/shop.lst
    http-request deny deny_status 410 if { path -m beg -f /etc/haproxy/lists/old.lst }
    use_backend be_b if shop
    default_backend be_a
backend be_a
    server a 127.0.0.1:3001
backend be_b
    retries 0
    server b 127.0.0.1:3002
C
haproxy_up
