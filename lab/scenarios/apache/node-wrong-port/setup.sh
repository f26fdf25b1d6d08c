node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
apache_proxy api http://localhost:3000/
apache_up
