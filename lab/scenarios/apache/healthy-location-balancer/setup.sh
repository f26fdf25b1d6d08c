node_app app <<<"$NODE_HELLO"
start app 3000
apache_modules proxy proxy_http proxy_balancer lbmethod_byrequests
apache_site app <<'EOF'
<VirtualHost *:80>
    ServerName app.test
    <Proxy "balancer://pool">
        BalancerMember http://127.0.0.1:3001
        BalancerMember http://127.0.0.1:3000
    </Proxy>
    <Location /app/>
        ProxyPass balancer://pool/
    </Location>
</VirtualHost>
EOF
apache_up
