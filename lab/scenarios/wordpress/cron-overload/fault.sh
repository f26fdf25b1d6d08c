touch /srv/mail-server-gone
visitors http://blog.test/ 2
# All workers sleep in the task.
stuck() {
    local pids
    pids=$(pgrep -f 'php-fpm: pool www')
    [ "$(for pid in $pids; do cat "/proc/$pid/wchan"; echo; done | grep -c nanosleep)" -ge 3 ]
}
eventually stuck
