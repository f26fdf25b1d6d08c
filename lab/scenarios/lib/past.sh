# shellcheck shell=bash
# Logs that are from yesterday, and backends that were away for a while.

# age_log FILE: makes the lines that nginx wrote today yesterday's.
age_log() {
    sed -i "s#^$(date +%Y/%m/%d) #$(date -d yesterday +%Y/%m/%d) #" "$1"
    nginx -s reopen
}

# age_lines FILE...: today's lines of error and access logs of nginx and Apache become
# yesterday's. Their writer has to open its logs anew.
age_lines() {
    local old
    old=$(date -d yesterday +%s)
    LC_ALL=C sed -i -e "s#^$(date +%Y/%m/%d) #$(date -d "@$old" +%Y/%m/%d) #" \
        -e "s#\[$(LC_ALL=C date +%d/%b/%Y):#[$(LC_ALL=C date -d "@$old" +%d/%b/%Y):#" \
        -e "s#^\[$(LC_ALL=C date '+%a %b %d') #[$(LC_ALL=C date -d "@$old" '+%a %b %d') #" "$@"
}

# out_and_back SECONDS: the backend of api.test is stopped for so long, while visitors go on
# coming; other.test, whose backend is down all the time, is asked before and after.
out_and_back() {
    hit http://other.test/ 3
    systemctl stop api
    (sleep "$1"; systemctl start api) &
    endure http://api.test/ 5
    wait
    hit http://other.test/ 2
}
