# shellcheck shell=bash
# Waiting for something to be so: never sleep and hope.

# eventually COMMAND...: repeats it until it succeeds, 15 seconds at most.
eventually() {
    local try
    for try in $(seq 1 300); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.05
    done
    echo "never came true: $*" >&2
    return 1
}

# listens ADDRESS: whether anybody listens there: PORT, IP:PORT or a socket's path.
listens() {
    case $1 in
    /*) [ -n "$(ss -Hlx src "$1")" ] ;;
    *:*) [ -n "$(ss -Hltn src "$1")" ] ;;
    *) [ -n "$(ss -Hltn "sport = :$1")" ] ;;
    esac
}

# wait_port PORT|IP:PORT|PATH, wait_gone the same: until somebody, or nobody, listens.
wait_port() { eventually listens "$1"; }
wait_gone() { eventually silent "$1"; }
silent() { ! listens "$1"; }

# wait_log UNIT TEXT: until the unit's journal holds the text.
wait_log() { eventually journal_has "$1" "$2"; }
journal_has() { journalctl --no-pager -q -o cat -u "$1" --since=-1h | grep -qF -- "$2"; }

# wait_state UNIT STATE: until the unit is active, inactive, failed ...
wait_state() { eventually unit_is "$1" "$2"; }
unit_is() { [ "$(systemctl is-active "$1")" = "$2" ]; }
