node_app shop <<<"$NODE_HELLO"
start shop 3000
apache_modules remoteip
a2dissite -q 000-default >/dev/null
apache_proxy shop http://127.0.0.1:3000/
apache_up
