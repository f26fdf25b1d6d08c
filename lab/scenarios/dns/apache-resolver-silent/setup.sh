node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
echo '127.0.0.1 app.internal' >>/etc/hosts
apache_proxy api http://app.internal:3000/
apache_up
