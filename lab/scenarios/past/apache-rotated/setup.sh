SHOP='const http = require("http");
// Templates are compiled first.
setTimeout(() => {
  http.createServer((request, response) => {
    if (request.url === "/cart") setTimeout(() => { throw new Error("no cart"); }, 1);
    else response.end("ok\n");
  }).listen(process.env.PORT, "127.0.0.1");
}, Number(process.env.WARM_UP));'
node_app cart 'Environment=PORT=3000 WARM_UP=0
Restart=always
RestartSec=1s' <<<"$SHOP"
node_app shop 'Environment=PORT=3001 WARM_UP=4000' <<<"$SHOP"
start cart 127.0.0.1:3000
start shop 127.0.0.1:3001
apache_modules proxy proxy_http
apache_site shop <<'EOF'
<VirtualHost *:80>
    ServerName www.shop.test
    ServerAlias shop.test
    <Location "/">
        ProxyPass "http://127.0.0.1:3001/" retry=0
    </Location>
    <Location "/cart">
        ProxyPass "http://127.0.0.1:3000/cart" retry=0
    </Location>
    LogFormat "%a %{X-Forwarded-For}i %t \"%r\" %>s %b %D" shop
    ErrorLog ${APACHE_LOG_DIR}/shop-error.log
    CustomLog ${APACHE_LOG_DIR}/shop-access.log shop
</VirtualHost>
EOF
apache_up
