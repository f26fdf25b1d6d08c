node_app shop <<<"$NODE_HELLO"
start shop.service 3000
apache_proxy shop http://127.0.0.1:3000/ 'CustomLog ${APACHE_LOG_DIR}/shop.log "%v %h %t \"%r\" %>s"'
apache_up
cloudflare_visits
