# Visitors who begin a request and never end it.
background node -e '
for (let i = 0; i < 60; i++) {
  const dial = () => {
    const visitor = require("net").connect(80, "127.0.0.1", () => visitor.write("GET / HTTP/1.1\r\n"));
    visitor.on("close", () => setTimeout(dial, 50)).on("error", () => {});
  };
  dial();
}'
full() { grep -q 'worker_connections are not enough' /var/log/nginx/error.log; }
eventually full
