# shellcheck shell=bash
# Supervisor.

# supervised NAME COMMAND: a program that Supervisor starts, with the lines of the
# standard input in its section. supervisor_up: starts Supervisor with all of them.
supervised() {
    {
        printf '[program:%s]\ncommand=%s\n' "$1" "$2"
        cat
    } >"/etc/supervisor/conf.d/$1.conf"
}
supervisor_up() {
    systemctl enable -q supervisor
    systemctl restart supervisor
}
