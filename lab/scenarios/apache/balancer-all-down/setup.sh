for n in 1 2; do
    node_app app$n "Environment=PORT=410$n" <<<"$NODE_HELLO"
    start app$n 410$n
done
apache_modules proxy proxy_http proxy_balancer lbmethod_byrequests
apache_site app <<'EOF'
<Proxy "balancer://app">
    BalancerMember http://127.0.0.1:4101
    BalancerMember http://127.0.0.1:4102
</Proxy>
<VirtualHost *:80>
    ServerName app.test
    ProxyPass "/" "balancer://app/"
</VirtualHost>
EOF
apache_up
