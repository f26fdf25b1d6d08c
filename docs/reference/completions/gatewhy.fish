# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_gatewhy_global_optspecs
    string join \n json requests= since= at= origin= resolve= cdn-ranges= cdn-list= timeout= from= host= sudo host-program= record= v/verbose color= h/help V/version
end

function __fish_gatewhy_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_gatewhy_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_gatewhy_using_subcommand
    set -l cmd (__fish_gatewhy_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c gatewhy -n "__fish_gatewhy_needs_command" -l requests -d 'Send so many requests, to see failures that come and go (1 to 20)' -r
complete -c gatewhy -n "__fish_gatewhy_needs_command" -l since -d 'Look back as well: for failures of the last 2h, 30min, 1d, or since a time such as 03:00 or \'2026-11-20 03:00\', from logs, journal and kernel log' -r
complete -c gatewhy -n "__fish_gatewhy_needs_command" -l at -d 'Look back at what failed around a time, such as \'2026-11-20 03:12\' or 03:12' -r
complete -c gatewhy -n "__fish_gatewhy_needs_command" -l origin -d 'Dial this address (IP or IP:PORT) instead of the proxy found on this host' -r
complete -c gatewhy -n "__fish_gatewhy_needs_command" -l resolve -d 'Use ADDR for HOST:PORT instead of asking the resolver' -r
complete -c gatewhy -n "__fish_gatewhy_needs_command" -l cdn-ranges -d 'Newer ranges of a CDN\'s addresses than those that gatewhy brings along, as the CDN publishes them; may be given again' -r -F
complete -c gatewhy -n "__fish_gatewhy_needs_command" -l cdn-list -d 'The same, in the form in which it reaches the far side' -r
complete -c gatewhy -n "__fish_gatewhy_needs_command" -l timeout -d 'Wait at most so many seconds for the site and for the backend' -r
complete -c gatewhy -n "__fish_gatewhy_needs_command" -l from -d 'Diagnose a recording instead of this host' -r -F
complete -c gatewhy -n "__fish_gatewhy_needs_command" -l host -d 'Diagnose on that machine, over SSH, with nothing installed there; without a URL, one that fails there, found likewise' -r
complete -c gatewhy -n "__fish_gatewhy_needs_command" -l host-program -d 'With --host: send this gatewhy, built for that machine, instead of this one' -r -F
complete -c gatewhy -n "__fish_gatewhy_needs_command" -l record -d 'Write every answer, with secrets removed, to a new file (.gz is compressed)' -r -F
complete -c gatewhy -n "__fish_gatewhy_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c gatewhy -n "__fish_gatewhy_needs_command" -l json -d 'Print one JSON object instead of a report'
complete -c gatewhy -n "__fish_gatewhy_needs_command" -l sudo -d 'With --host: look as root there, by sudo without a password'
complete -c gatewhy -n "__fish_gatewhy_needs_command" -s v -l verbose -d 'List every question asked, with its answer\'s size and time'
complete -c gatewhy -n "__fish_gatewhy_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gatewhy -n "__fish_gatewhy_needs_command" -s V -l version -d 'Print version'
complete -c gatewhy -n "__fish_gatewhy_needs_command" -a "diagnose" -d 'Follow a request hop by hop, and name the link that broke and why'
complete -c gatewhy -n "__fish_gatewhy_needs_command" -a "explain" -d 'Say what a log line means and which causes it leaves open, or print a cause\'s page'
complete -c gatewhy -n "__fish_gatewhy_needs_command" -a "logs" -d 'Read logs, however large: what failed, how often, where and since when'
complete -c gatewhy -n "__fish_gatewhy_needs_command" -a "far-side" -d 'What `--host` starts on the far side'
complete -c gatewhy -n "__fish_gatewhy_needs_command" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l requests -d 'Send so many requests, to see failures that come and go (1 to 20)' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l since -d 'Look back as well: for failures of the last 2h, 30min, 1d, or since a time such as 03:00 or \'2026-11-20 03:00\', from logs, journal and kernel log' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l at -d 'Look back at what failed around a time, such as \'2026-11-20 03:12\' or 03:12' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l origin -d 'Dial this address (IP or IP:PORT) instead of the proxy found on this host' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l resolve -d 'Use ADDR for HOST:PORT instead of asking the resolver' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l cdn-ranges -d 'Newer ranges of a CDN\'s addresses than those that gatewhy brings along, as the CDN publishes them; may be given again' -r -F
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l cdn-list -d 'The same, in the form in which it reaches the far side' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l timeout -d 'Wait at most so many seconds for the site and for the backend' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l from -d 'Diagnose a recording instead of this host' -r -F
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l host -d 'Diagnose on that machine, over SSH, with nothing installed there; without a URL, one that fails there, found likewise' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l host-program -d 'With --host: send this gatewhy, built for that machine, instead of this one' -r -F
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l record -d 'Write every answer, with secrets removed, to a new file (.gz is compressed)' -r -F
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l json -d 'Print one JSON object instead of a report'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -l sudo -d 'With --host: look as root there, by sudo without a password'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -s v -l verbose -d 'List every question asked, with its answer\'s size and time'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand diagnose" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand explain" -l config -d 'A configuration, or a piece of one, of the proxy or the backend: a port, scheme or limit in it may settle what the line leaves open' -r -F
complete -c gatewhy -n "__fish_gatewhy_using_subcommand explain" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c gatewhy -n "__fish_gatewhy_using_subcommand explain" -l json -d 'Print JSON: for one line an array with one object, for several an object with "lines" and "incident"'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand explain" -l separate -d 'Several lines have nothing to do with each other: do not judge them together; with --json, print an array'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -l html -d 'Write a page with charts, too' -r -F
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -l by -d 'Count by these, as in --by upstream,cause,hour' -r -f -a "upstream\t'The upstream\'s address'
cause\t'What was seen'
host\t'The host that was asked for'
route\t'The shape of the request\'s path'
client\t'The visitor\'s address'
hour\t'The hour'"
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -l cause -d 'Only failures with this symptom, or that leave this cause open' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -l upstream -d 'Only failures with upstreams whose address holds this' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -l status -d 'Only failures that a visitor saw as this status' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -l min-rate -d 'Only kinds of failures that come at least so many times an hour' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -l since -d 'Only records from then on: 2026-11-20, \'2026-11-20 03:12\', 2h, 3d' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -l until -d 'Only records until then' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -l format -d 'What `log_format` says of an access log, behind its name' -r
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -l json -d 'Print one JSON object instead of a report'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -l csv -d 'Print comma-separated counts: by symptom, or by what --by names'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -l ndjson -d 'Print one JSON object for each failure, in the order of the logs'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -s f -l follow -d 'Go on reading, and print every failure as it is written'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand far-side" -l remove -d 'Remove this very program and its folder first'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand far-side" -s h -l help -d 'Print help'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand help; and not __fish_seen_subcommand_from diagnose explain logs far-side help" -f -a "diagnose" -d 'Follow a request hop by hop, and name the link that broke and why'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand help; and not __fish_seen_subcommand_from diagnose explain logs far-side help" -f -a "explain" -d 'Say what a log line means and which causes it leaves open, or print a cause\'s page'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand help; and not __fish_seen_subcommand_from diagnose explain logs far-side help" -f -a "logs" -d 'Read logs, however large: what failed, how often, where and since when'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand help; and not __fish_seen_subcommand_from diagnose explain logs far-side help" -f -a "far-side" -d 'What `--host` starts on the far side'
complete -c gatewhy -n "__fish_gatewhy_using_subcommand help; and not __fish_seen_subcommand_from diagnose explain logs far-side help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
