# Visitors who begin a request and never end it: all descriptors but one.
worker=$(pgrep -P "$(cat /run/nginx.pid)")
descriptors() { find "/proc/$worker/fd" -mindepth 1 | wc -l; }
missing=$((39 - $(descriptors)))
background node -e '
for (let i = 0; i < +process.argv[1]; i++) {
  const visitor = require("net").connect(80, "127.0.0.1", () => visitor.write("GET / HTTP/1.1\r\n"));
}' "$missing"
full() { [ "$(descriptors)" = 39 ]; }
eventually full
