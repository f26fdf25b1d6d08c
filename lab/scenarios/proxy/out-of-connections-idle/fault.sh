background node -e '
for (let i = 0; i < 60; i++) {
  const dial = () => require("net").connect(80, "127.0.0.1").on("close", () => setTimeout(dial, 50)).on("error", () => {});
  dial();
}'
full() { grep -q 'worker_connections are not enough' /var/log/nginx/error.log; }
eventually full
