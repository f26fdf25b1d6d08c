//! What backends, their supervisors and the kernel say.
use super::super::lead::{
    Lead, always, certain, is_gateway_program, is_loopback, is_other_program, is_signal_9,
    is_signal_15, is_v6, lead, likely, no_failure, possible, text_has,
};
use gatewhy_facts::log_line::{Record, Server};
use gatewhy_facts::symptom::Symptom;

fn is_signal_other(record: &Record<'_>) -> bool {
    !is_signal_9(record) && !is_signal_15(record)
}

fn is_plugin(record: &Record<'_>) -> bool {
    gatewhy_facts::scan::holds(record.message, "/wp-content/plugins/")
}

pub(super) fn says_database_full(record: &Record<'_>) -> bool {
    let lower = record.message.to_ascii_lowercase();
    [
        "too many connections",
        "too many clients",
        "max_user_connections",
    ]
    .iter()
    .any(|words| gatewhy_facts::scan::holds(&lower, words))
}

pub(super) fn says_database_down(record: &Record<'_>) -> bool {
    !says_database_full(record)
        && [
            "SQLSTATE[HY000] [200",
            "Can't reach database server",
            "mysqli_sql_exception",
            "mysqli_real_connect",
            "PDOException",
            "Redis",
        ]
        .iter()
        .any(|words| gatewhy_facts::scan::holds(record.message, words))
}

fn is_signalled(record: &Record<'_>) -> bool {
    matches!(
        record.symptom,
        Some(Symptom::BackendWorkerKilled | Symptom::BackendWorkerCrashed)
    )
}

/// A supervisor or container engine names what it runs, and that may be the gateway.
fn is_supervised_gateway(record: &Record<'_>) -> bool {
    matches!(record.server, Server::Supervisord | Server::Container) && is_gateway_program(record)
}

/// `no python application found`: nobody else says this symptom of itself in its own log.
fn is_uwsgi_s_own(record: &Record<'_>) -> bool {
    record.server == Server::Uwsgi
}

/// systemd tells of a victim once for its unit and once for each group that the unit is
/// in: of a group it does not say which of its services it was.
fn is_group(record: &Record<'_>) -> bool {
    let text = record.text.unwrap_or_default();
    text.ends_with(b".slice") || text.ends_with(b".scope")
}

fn is_other_service(record: &Record<'_>) -> bool {
    is_other_program(record) && !is_group(record)
}

fn says_disk_full(record: &Record<'_>) -> bool {
    ["No space left on device", "ENOSPC"]
        .iter()
        .any(|words| gatewhy_facts::scan::holds(record.message, words))
}

fn is_address_taken(record: &Record<'_>) -> bool {
    record.server != Server::Systemd
}

fn is_killed_code(record: &Record<'_>) -> bool {
    record.number == Some(137)
}

/// What a shell, and `env`, end with where they cannot run a program, or find none.
fn is_not_run_code(record: &Record<'_>) -> bool {
    matches!(record.number, Some(126 | 127))
}

/// systemd tells of its own attempt to run the program, not of a program that failed.
fn never_ran(record: &Record<'_>) -> bool {
    record.symptom == Some(Symptom::UnitStartFailed)
        && is_other_program(record)
        && [
            "Failed at step ",
            "Failed to locate executable ",
            "Changing to the requested working directory failed: ",
        ]
        .iter()
        .any(|words| record.message.starts_with(words.as_bytes()))
}

fn is_v6_loopback(record: &Record<'_>) -> bool {
    is_v6(record) && is_loopback(record)
}

fn is_abort_code(record: &Record<'_>) -> bool {
    matches!(record.number, Some(134 | 139))
}

pub(super) static LEADS: &[Lead] = &[
    lead(
        &[Symptom::BackendWorkerTimeout],
        &[
            certain("backend-worker-timeout", "the line says so: the worker was ended after its time limit"),
            likely("backend-slow", "what the request waited for is the deeper reason"),
            possible("database-down", "often a database or another server that does not answer"),
        ],
    ),
    lead(
        &[
            Symptom::BackendWorkerKilled,
            Symptom::BackendWorkerCrashed,
            Symptom::BackendWorkerExited,
            Symptom::BackendRestartLoop,
        ],
        &[
            likely("proxy-down", "{text} is itself the gateway, and does not run"),
            likely("proxy-crashed", "it was killed by signal {number}").when(is_signalled),
            likely("proxy-config-invalid", "a gateway most often ends at once because of its configuration").when(|record| !is_signalled(record)),
            possible("memory-exhausted", "signal 9 is most often the out-of-memory killer").when(is_signal_9),
            possible("proxy-crashed", "it may have run for a while").when(|record| !is_signalled(record)),
        ],
    )
    .when(is_supervised_gateway),
    lead(
        &[Symptom::BackendWorkerKilled],
        &[
            likely("backend-oom-killed", "signal 9 that nobody sent by hand is most often the out-of-memory killer; only the kernel's log proves it").when(is_signal_9),
            likely("backend-worker-timeout", "the supervisor also uses signal 9, after its own time limit").when(is_signal_9),
            likely("backend-restarting", "signal 15 is a polite request to end: a reload, a deploy, a time limit").when(is_signal_15),
            possible("backend-worker-timeout", "request_terminate_timeout also ends a worker with signal 15").when(is_signal_15),
            certain("backend-crashed", "the line says so: signal {number}").when(is_signal_other),
            possible("backend-crashed", "somebody or something killed it").when(is_signal_9),
        ],
    ),
    lead(
        &[Symptom::BackendWorkerCrashed],
        &[certain("backend-crashed", "the line says so"), possible("disk-full", "a bus error also comes from a full /dev/shm").when(|record| record.number == Some(7))],
    ),
    lead(
        &[Symptom::BackendWorkerExited],
        &[
            likely("backend-oom-killed", "137 is signal 9, most often the out-of-memory killer").when(is_killed_code),
            likely("backend-heap-exhausted", "134 is an abort, as after a full JavaScript heap").when(|record| record.number == Some(134)),
            likely("backend-start-failed", "126 and 127 are what a shell ends with where it cannot run, or find, the program").when(is_not_run_code),
            likely("backend-crashed", "it ended with code {number}"),
            possible("backend-start-failed", "it may have failed while it started"),
            possible("backend-crash-looping", "it may fail again and again"),
        ],
    ),
    no_failure(&[Symptom::BackendWorkerRecycled], "normal: a worker is replaced as configured")
        .of(&[possible("backend-restarting", "requests in that gap may fail")]),
    lead(
        &[Symptom::BackendHeapExhausted],
        &[certain("backend-heap-exhausted", "the line says so: the runtime's own heap is full")],
    ),
    lead(
        &[Symptom::BackendAddressInUse],
        &[
            certain("backend-start-failed", "the line says so: {text} is taken, so it does not start").when(is_address_taken),
            possible("wrong-port", "another program answers on that port"),
            possible("backend-restarting", "the process before may not have ended yet"),
            possible("backend-crash-looping", "a supervisor tries it again and again"),
        ],
    ),
    lead(
        &[Symptom::BackendCannotListen, Symptom::BackendStartFailed],
        &[
            certain("backend-start-failed", "the line says so: {text}"),
            possible("backend-crash-looping", "a supervisor may try it again and again"),
            possible("backend-stopped", "until then nothing listens"),
        ],
    ),
    no_failure(&[Symptom::BackendStarting], "a marker: it starts; many of these in a row are a crash loop")
        .of(&[]),
    no_failure(&[Symptom::BackendStopping, Symptom::BackendReloading], "a marker: a stop, reload or deploy; requests in that gap may fail")
        .of(&[possible("backend-restarting", "requests in that gap may fail"), possible("backend-stopped", "if it is not started again")]),
    lead(
        &[Symptom::BackendRestartLoop],
        &[
            certain("backend-crash-looping", "the line says so"),
            likely("backend-start-failed", "its own output says why it fails"),
            possible("backend-crashed", "it may run for a while before it fails"),
            possible("backend-oom-killed", "it may be killed for memory each time"),
        ],
    ),
    lead(
        &[Symptom::BackendWorkersBusy],
        &[
            certain("worker-pool-exhausted", "the line says so: all {number} workers are busy"),
            likely("backend-slow", "workers are most often busy because requests are slow"),
            possible("database-down", "what they wait for may be down"),
            possible("wordpress-cron-overload", "in WordPress, wp-cron may take the workers"),
        ],
    ),
    no_failure(&[Symptom::BackendBusy], "an early warning: the pool grows")
        .of(&[possible("worker-pool-exhausted", "the pool may soon be full")]),
    lead(
        &[Symptom::BackendSlowRequest],
        &[
            likely("backend-slow", "a request takes long; the slow log or thread dump names what it waits for"),
            possible("worker-pool-exhausted", "slow requests fill the pool"),
            possible("database-down", "what it waits for may be down"),
        ],
    ),
    lead(
        &[Symptom::BackendQueueFull],
        &[
            likely("worker-pool-exhausted", "the queue fills when every worker is busy"),
            likely("listen-backlog-full", "the queue of {number} may be too short for a burst"),
            possible("backend-slow", "slow requests keep the workers busy"),
        ],
    ),
    lead(
        &[Symptom::BackendOutOfFiles],
        &[certain("backend-out-of-files", "the line says so: no file descriptor is left")],
    ),
    lead(
        &[Symptom::BackendRefusedClient],
        &[certain("backend-refused-client", "the line says so: {text} is not allowed")],
    ),
    lead(
        &[Symptom::BackendBodyTooBig],
        &[likely("request-body-too-large", "the line says so; where the backend closes the connection instead of an answer with 413, the visitor gets 502")],
    ),
    lead(
        &[Symptom::BackendRequestTooBig],
        &[
            certain("protocol-mismatch", "{decoded}").when(super::super::decode::is_letters),
            certain("request-header-too-big", "the line says so: {number} bytes are more than its buffer").when(|record| !super::super::decode::is_letters(record) && record.number.is_some()),
            likely("request-header-too-big", "the request's headers are too large").when(|record| record.number.is_none()),
        ],
    ),
    no_failure(&[Symptom::BackendRequestInvalid], "a request that the backend refuses: a 400 or 431").of(&[
        possible("protocol-mismatch", "a proxy that speaks TLS or the PROXY protocol to a plain port looks like that"),
        possible("request-header-too-big", "cookies or a URL that are too large look like that"),
    ]),
    no_failure(&[Symptom::BackendRequestFailed], "an error of the application: a 500 of its own").of(&[
        possible("backend-answered-error", "the application answers with an error"),
        possible("response-closed-early", "some servers close the connection instead of an answer (uWSGI before its header)"),
        possible("backend-worker-timeout", "a traceback that ends in SystemExit is the supervisor's time limit"),
    ]),
    lead(
        &[Symptom::BackendUncaught],
        &[
            certain("database-connections-exhausted", "the line says so").when(says_database_full),
            likely("database-down", "it ended because a server it needs could not be reached").when(says_database_down),
            certain("disk-full", "the line says so: no space is left").when(says_disk_full),
            likely("backend-crashed", "an error that nobody caught ends the process: {text}"),
            possible("backend-start-failed", "if it comes right after the start, it never listened"),
            possible("backend-crash-looping", "a supervisor may start it again and again"),
        ],
    ),
    lead(
        &[Symptom::BackendUnavailable],
        &[
            certain("backend-start-failed", "the line says so: uWSGI has no application to ask, and answers 500 itself").when(is_uwsgi_s_own),
            likely("backend-answered-error", "the application server answers 503 itself"),
            likely("backend-start-failed", "the application in it did not start"),
            possible("backend-restarting", "it may be reloading"),
        ],
    ),
    no_failure(
        &[Symptom::BackendClientGone],
        "the other side had gone before the answer: a proxy with a shorter time-out, or a visitor",
    )
    .of(&[likely("backend-slow", "the backend answers later than the proxy or visitor waits")]),
    lead(
        &[Symptom::BackendPermissionDenied],
        &[
            likely("backend-start-failed", "it may not open something it needs: {text}"),
            possible("socket-permission-denied", "it may be the socket's folder"),
            possible("security-policy-denied", "SELinux and AppArmor give the same error"),
        ],
    ),
    lead(
        &[Symptom::DependencyRefused, Symptom::DependencyTimeout, Symptom::DatabaseUnreachable],
        &[
            likely("wrong-bind-address", "::1 was dialled, which programs take for localhost since Node.js 17: the other side often listens on 127.0.0.1 alone").when(is_v6_loopback),
            likely("database-down", "a database or other server that the application needs does not answer"),
            possible("backend-slow", "requests wait for it"),
            possible("backend-answered-error", "the application answers with an error because of it"),
            possible("backend-crashed", "some programs end when it is not there"),
            possible("firewall-blocked", "a firewall may be in between"),
        ],
    ),
    lead(
        &[Symptom::DependencyNameUnknown],
        &[
            likely("dns-name-not-found", "{text} has no address"),
            likely("dns-resolver-failed", "the name server may not answer"),
            possible("database-down", "a database in a container that is gone has no name any more"),
        ],
    ),
    lead(
        &[Symptom::DatabaseConnectionsUsedUp],
        &[certain("database-connections-exhausted", "the line says so")],
    ),
    lead(
        &[Symptom::MaintenanceMode],
        &[certain("wordpress-maintenance-mode", "the line is WordPress's own notice: a .maintenance file is there")],
    ),
    no_failure(&[Symptom::PhpMemoryLimit], "PHP's own limit: a 500, seldom a 502")
        .of(&[certain("php-memory-limit", "the line says so: the limit is {number} bytes"), possible("wordpress-plugin-failed", "the script belongs to a plugin").when(is_plugin)]),
    no_failure(&[Symptom::PhpExecutionTime], "PHP's own time limit of {number} s: a 500, not a 504")
        .of(&[likely("backend-slow", "the script computes for longer than max_execution_time")]),
    no_failure(&[Symptom::PhpUncaught, Symptom::PhpFatal], "an error of the script: a 500 of its own").of(&[
        certain("database-connections-exhausted", "the line says so").when(says_database_full),
        likely("database-down", "the script could not reach a server it needs").when(says_database_down),
        likely("wordpress-plugin-failed", "the error is in a plugin's file").when(is_plugin),
        likely("backend-answered-error", "PHP answers 500 itself"),
    ]),
    no_failure(&[Symptom::ScriptUnknown], "PHP-FPM answers 404 \"File not found.\", so this is no gateway error").of(&[
        certain("script-not-found", "the line says so: the path that the proxy sends is not there for PHP-FPM"),
    ]),
    no_failure(&[Symptom::ScriptUnreadable, Symptom::ScriptDenied], "PHP-FPM answers 403 \"Access denied.\"").of(&[
        likely("script-not-found", "PHP-FPM may not run the script {text}"),
    ]),
    // systemd
    lead(
        &[Symptom::UnitExited],
        &[
            likely("proxy-crashed", "{text} ended with code {number}").when(is_gateway_program),
            possible("proxy-config-invalid", "a gateway that refuses its configuration ends with code 1").when(is_gateway_program),
            possible("proxy-down", "until it is started again").when(is_gateway_program),
            likely("backend-start-failed", "systemd could not even run its program (codes from 200 on)").when(|record| is_other_program(record) && record.number.is_some_and(|code| (200..=245).contains(&code))),
            likely("backend-start-failed", "126 and 127 are what a shell ends with where it cannot run, or find, the program").when(|record| is_other_program(record) && is_not_run_code(record)),
            likely("backend-crashed", "{text} ended with code {number}").when(is_other_program),
            possible("backend-start-failed", "it may have failed while it started").when(is_other_program),
            possible("backend-crash-looping", "it may fail again and again").when(is_other_program),
            likely("backend-oom-killed", "137 is signal 9").when(is_killed_code),
            possible("backend-heap-exhausted", "134 is an abort").when(is_abort_code),
        ],
    ),
    lead(
        &[Symptom::UnitKilled],
        &[
            likely("proxy-crashed", "{text} was killed by signal {number}").when(is_gateway_program),
            likely("backend-oom-killed", "signal 9 is most often the out-of-memory killer; only the kernel's log proves it").when(|record| is_signal_9(record) && is_other_program(record)),
            possible("backend-restarting", "a stop that takes too long ends with signal 9").when(|record| is_signal_9(record) && is_other_program(record)),
            likely("backend-stopped", "signal 15 is a request to stop").when(|record| is_signal_15(record) && is_other_program(record)),
            certain("backend-crashed", "the line says so: signal {number}").when(|record| is_signal_other(record) && is_other_program(record)),
            possible("backend-crashed", "somebody or something killed it").when(is_other_program),
        ],
    ),
    lead(
        &[Symptom::UnitOomKilled],
        &[
            certain("proxy-crashed", "the gateway {text} was killed for memory").when(is_gateway_program),
            certain("backend-oom-killed", "the line says so: {text}").when(is_other_service),
            likely("memory-exhausted", "the machine, or the service's limit, had no memory left"),
            likely("backend-oom-killed", "a process in {text} was killed; which one, the kernel's log or the service's own says").when(is_group),
        ],
    ),
    lead(
        &[Symptom::UnitFailed, Symptom::UnitStartFailed],
        &[
            likely("proxy-down", "{text} does not run").when(is_gateway_program),
            likely("proxy-config-invalid", "a gateway most often fails to start because of its configuration").when(is_gateway_program),
            certain("backend-start-failed", "the line says so: systemd could not run the program").when(never_ran),
            likely("backend-start-failed", "{text} could not be started, or ended at once").when(is_other_program),
            likely("backend-crashed", "or it ran and failed").when(|record| is_other_program(record) && !never_ran(record)),
            possible("backend-crash-looping", "it may fail again and again").when(is_other_program),
            possible("backend-stopped", "until it is started, nothing listens").when(is_other_program),
        ],
    ),
    lead(
        &[Symptom::UnitTimeout],
        &[
            likely("backend-start-failed", "it was not ready in time").when(|record| text_has(record, "start") || always(record)),
            possible("backend-hung", "it did not answer its watchdog, or did not stop"),
            possible("backend-restarting", "a stop that takes too long ends with signal 9, which is no out-of-memory kill"),
        ],
    ),
    lead(
        &[Symptom::UnitRestarting],
        &[
            likely("backend-crash-looping", "the counter is at {number}").when(|record| record.number.is_some_and(|n| n > 1)),
            likely("backend-crashed", "systemd restarts what has failed"),
            possible("backend-start-failed", "it may fail while it starts"),
            possible("backend-restarting", "until it is up, requests fail"),
        ],
    ),
    lead(
        &[Symptom::UnitGaveUp],
        &[
            likely("proxy-down", "{text} stays down").when(is_gateway_program),
            certain("backend-crash-looping", "the line says so: systemd gave up").when(is_other_program),
            likely("backend-start-failed", "its own output before says why").when(is_other_program),
        ],
    ),
    lead(
        &[Symptom::UnitStopped],
        &[
            likely("proxy-down", "{text} was stopped").when(is_gateway_program),
            likely("backend-stopped", "it was stopped on request").when(is_other_program),
            possible("backend-restarting", "or it is being restarted").when(is_other_program),
        ],
    ),
    no_failure(&[Symptom::UnitStarted, Symptom::UnitReloaded], "a marker: before it the service did not answer")
        .of(&[possible("backend-restarting", "requests just before may have failed").when(is_other_program)]),
    lead(
        &[Symptom::UnitLeftOver],
        &[
            likely("backend-start-failed", "a process of the run before may hold its address"),
            possible("backend-restarting", "a restart did not end cleanly"),
        ],
    ),
    // The kernel
    lead(
        &[Symptom::OomKilled],
        &[
            likely("proxy-crashed", "the victim {text} is a gateway").when(is_gateway_program),
            certain("backend-oom-killed", "the line says so: process {number} ({text}), if that is the backend").when(is_other_program),
            certain("memory-exhausted", "the line says so: memory, or a group's limit of it, ran out"),
        ],
    ),
    lead(
        &[Symptom::OomInvoked],
        &[
            certain("memory-exhausted", "the line says so; who was killed stands some lines below"),
            likely("backend-oom-killed", "the largest process is killed, which is seldom the one named here"),
        ],
    ),
    lead(
        &[Symptom::ProcessCrashed],
        &[
            certain("proxy-crashed", "the line says so: {text} crashed").when(is_gateway_program),
            certain("backend-crashed", "the line says so: {text} crashed").when(is_other_program),
        ],
    ),
    lead(
        &[Symptom::SynFlooding],
        &[
            likely("listen-backlog-full", "the queue of port {number} overflows"),
            likely("worker-pool-exhausted", "the queue fills when every worker is busy"),
        ],
    ),
    lead(&[Symptom::ConntrackFull], &[certain("conntrack-full", "the line says so")]),
    lead(
        &[Symptom::HungTask],
        &[
            likely("backend-hung", "process {number} ({text}) waits for storage"),
            possible("disk-full", "storage may be full or failing"),
            possible("memory-exhausted", "a machine that swaps hangs like that"),
        ],
    ),
    lead(
        &[Symptom::StorageError],
        &[
            likely("disk-full", "the file system or device {text} fails"),
            possible("proxy-temp-unwritable", "a file system that became read-only cannot be written"),
            possible("backend-hung", "processes that wait for it hang"),
        ],
    ),
    lead(&[Symptom::TcpMemory], &[likely("memory-exhausted", "the kernel has no memory for TCP")]),
    lead(
        &[Symptom::NeighbourTableFull],
        &[likely("host-unreachable", "new hosts of the local network cannot be reached")],
    ),
    lead(
        &[Symptom::ForkRefused],
        &[
            likely("worker-pool-exhausted", "no further worker may be started (TasksMax, pids limit)"),
            possible("backend-start-failed", "it may not get the processes it needs"),
        ],
    ),
    lead(
        &[Symptom::PolicyDenied],
        &[certain("security-policy-denied", "the line says so: {text}")],
    ),
];
