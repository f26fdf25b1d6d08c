node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
start api 3000
apache_modules rewrite
apache_proxy api http://127.0.0.1:3000/ 'RewriteEngine on
    RewriteCond /srv/maintenance -f
    RewriteRule ^ - [R=503,L]'
apache_up
