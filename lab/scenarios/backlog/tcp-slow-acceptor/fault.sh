touch /srv/app/audit
# Visitors come in waves: sixty a second for 0.7 seconds, then nobody. The server
# takes ten a second, so that a wave overflows its queue, and the calm empties it.
background node -e '
    setInterval(() => {
      if (Date.now() % 1000 < 700)
        require("http").get("http://app.test/", { agent: false, timeout: 5000 }, (r) => r.resume())
          .on("error", () => {}).on("timeout", function () { this.destroy(); });
    }, 1000 / 60);'
has_overflow() { [ "$(grep -c 'while connecting' /var/log/nginx/error.log)" -gt 5 ]; }
eventually has_overflow
