# shellcheck shell=bash
# Visitors of the site.

# hit URL [COUNT]: asks, and does not care what comes back.
hit() {
    local try
    for try in $(seq 1 "${2:-1}"); do
        curl -s -o /dev/null --max-time 10 "$1" || :
    done
}

# status URL: the status code of one answer, 000 without one.
status() { curl -s -o /dev/null --max-time 10 -w '%{http_code}' "$1" || :; }

# sees URL STATUS: whether a visitor gets that status now.
sees() { [ "$(status "$1")" = "$2" ]; }

# hold URL [COUNT]: visitors who ask now and wait for a long time.
hold() {
    local try
    for try in $(seq 1 "${2:-1}"); do
        background curl -s -o /dev/null --max-time 600 "$1"
    done
}

# visitors URL PER_SECOND: a steady stream of visitors, whatever they get.
visitors() {
    background node -e '
        const [url, rate] = process.argv.slice(1);
        setInterval(() => {
          require("http").get(url, { agent: false, timeout: 5000 }, (r) => r.resume())
            .on("error", () => {}).on("timeout", function () { this.destroy(); });
        }, 1000 / rate);' "$1" "$2"
}

# endure URL [PER_SECOND]: visitors keep coming until the site has failed and then
# answered five of them well, 40 seconds at most.
endure() {
    local failed=0 good=0 try code pause
    pause=$(awk "BEGIN { print 1 / ${2:-10} }")
    for try in $(seq 1 $((40 * ${2:-10}))); do
        code=$(curl -s -o /dev/null --max-time 10 -w '%{http_code}' "$1" || :)
        case $code in
        2* | 3*) good=$((good + 1)) ;;
        *) failed=$((failed + 1)) good=0 ;;
        esac
        if [ "$failed" -gt 0 ] && [ "$good" -ge 5 ]; then return 0; fi
        sleep "$pause"
    done
    echo "never failed, or never served again: $1" >&2
    return 1
}

# background COMMAND...: runs on after the script has ended.
background() { setsid "$@" </dev/null >/dev/null 2>&1 & }
