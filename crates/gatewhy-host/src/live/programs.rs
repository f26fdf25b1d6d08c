//! The closed list of programs, each with its fixed arguments.
use super::packet_filter;
use super::run::{self, Finished};
use super::trusted;
use gatewhy_facts::answer::Outcome;
use gatewhy_facts::question::{Command, Entries};

/// What is asked of a unit. Names that an older systemd does not know are
/// simply missing from its answer.
const PROPERTIES: &str = "--property=Id,Names,Description,LoadState,LoadError,ActiveState,SubState,\
Result,UnitFileState,FragmentPath,DropInPaths,SourcePath,NeedDaemonReload,ConditionResult,\
AssertResult,TriggeredBy,Triggers,Type,MainPID,ControlPID,ExecMainPID,ExecMainCode,ExecMainStatus,\
ExecMainStartTimestampMonotonic,ExecMainExitTimestampMonotonic,StateChangeTimestampMonotonic,\
ActiveEnterTimestampMonotonic,ActiveExitTimestampMonotonic,InactiveEnterTimestampMonotonic,\
InactiveExitTimestampMonotonic,NRestarts,Restart,RestartUSec,StartLimitBurst,\
StartLimitIntervalUSec,TimeoutStartUSec,TimeoutStopUSec,WatchdogUSec,ExecStartPre,ExecStart,\
ExecReload,User,Group,SupplementaryGroups,DynamicUser,WorkingDirectory,RootDirectory,Environment,\
EnvironmentFiles,RuntimeDirectory,RuntimeDirectoryMode,UMask,PrivateTmp,PrivateNetwork,\
ProtectHome,ProtectSystem,ReadOnlyPaths,InaccessiblePaths,RestrictAddressFamilies,IPAddressDeny,\
LimitNOFILE,LimitNOFILESoft,LimitNPROC,TasksMax,TasksCurrent,MemoryMax,MemoryHigh,MemoryLimit,\
MemoryCurrent,MemoryPeak,OOMPolicy,ControlGroup,Slice,Listen,Accept,NAccepted,NConnections,\
NRefused,Backlog,SocketUser,SocketGroup,SocketMode,StandardOutput,StandardError,NotifyAccess,\
StatusText,StatusErrno,Requires,BindsTo,PartOf,Conflicts,ConflictedBy,After,OnFailure,\
InvocationID,SuccessExitStatus,RemainAfterExit,PIDFile,TimeoutStartFailureMode,RuntimeMaxUSec,KillMode,\
KillSignal,FinalKillSignal,RestartPreventExitStatus,ExecCondition,ExecStartPost,ExecStop,\
RootImage,StateDirectory,CacheDirectory,LogsDirectory,ReadWritePaths,BindPaths,\
BindReadOnlyPaths,TemporaryFileSystem,RestrictFileSystems,AmbientCapabilities,\
CapabilityBoundingSet,IPAddressAllow,MemorySwapMax,FileDescriptorName,MaxConnections,\
TriggerLimitBurst,TriggerLimitIntervalUSec,ConditionTimestampMonotonic,Job,Wants,Before,\
SystemCallFilter,SystemCallErrorNumber,CPUQuotaPerSecUSec";

/// The journal's fields that are asked for; time, cursor and boot always come.
const FIELDS: &str = "--output-fields=MESSAGE,MESSAGE_ID,PRIORITY,SYSLOG_IDENTIFIER,_PID,_COMM,\
_SYSTEMD_UNIT,_SYSTEMD_INVOCATION_ID,UNIT,INVOCATION_ID,_TRANSPORT,JOB_RESULT,JOB_TYPE,\
EXIT_CODE,EXIT_STATUS,UNIT_RESULT,N_RESTARTS,COMMAND,ERRNO,USER_UNIT,_SYSTEMD_USER_UNIT,\
COREDUMP_PID,COREDUMP_COMM,COREDUMP_SIGNAL,COREDUMP_UNIT";

/// Answers `Question::Run`.
pub(super) fn answer(command: &Command) -> Result<Outcome, Outcome> {
    match command {
        Command::SystemctlShow { units } => show(units),
        Command::SystemctlListUnits => systemctl(&[
            "list-units",
            "--all",
            "--type=service,socket",
            "--plain",
            "--no-legend",
            "--full",
        ]),
        Command::Journal { unit, lines, .. } => journal(*lines, &[unit_option(unit)?]),
        Command::JournalWithin {
            of,
            from,
            until,
            lines,
        } => {
            let whose = match of {
                Entries::Unit(unit) => unit_option(unit)?,
                other => other.to_string(),
            };
            let (since, until) = (format!("--since=@{from}"), format!("--until=@{until}"));
            journal(*lines, &[since, until, whose])
        }
        Command::NftRuleset { .. } => nft(),
        Command::IptablesSave { v6: false } => iptables("iptables-save"),
        Command::IptablesSave { v6: true } => iptables("ip6tables-save"),
        Command::RouteTo { address } => route(&address.to_string()),
        Command::VarnishLog { name, since, .. } => varnish_log(name.as_deref(), *since),
        Command::NginxVersion { exe } => {
            trusted::executable(exe)?;
            let mut finished = run::run(exe.as_str(), &["-V"])?;
            finished.stdout.clone_from(&finished.stderr);
            judge("nginx -V", finished)
        }
    }
}

/// All units at once. A single one that systemd cannot print (an argument that is
/// not UTF-8) ends the answer, so the others are then asked one by one.
fn show(units: &[String]) -> Result<Outcome, Outcome> {
    let together = show_at_once(units);
    if units.len() < 2 || !matches!(together, Err(Outcome::Failed(_))) {
        return together;
    }
    let mut all = Vec::new();
    for unit in units {
        if let Ok(Outcome::Got { bytes, .. }) = show_at_once(core::slice::from_ref(unit)) {
            all.extend_from_slice(&bytes);
            all.push(b'\n');
        }
    }
    if all.is_empty() {
        return together;
    }
    let (bytes, cut) = (all, true);
    Ok(Outcome::Got { bytes, cut })
}

fn show_at_once(units: &[String]) -> Result<Outcome, Outcome> {
    let mut arguments = vec!["show", "--no-pager", PROPERTIES, "--"];
    for unit in units {
        arguments.push(unit_name(unit)?);
    }
    systemctl(&arguments)
}

/// `systemctl` where systemd runs; elsewhere there are no units (`sd_booted(3)`).
fn systemctl(arguments: &[&str]) -> Result<Outcome, Outcome> {
    match std::fs::symlink_metadata("/run/systemd/system") {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Outcome::Absent),
        _ => {}
    }
    let path = run::find("systemctl")?;
    let mut all = vec!["--no-pager", "--no-ask-password"];
    all.extend_from_slice(arguments);
    judge("systemctl", run::run(&path, &all)?)
}

fn unit_option(unit: &str) -> Result<String, Outcome> {
    Ok(format!("--unit={}", unit_name(unit)?))
}

fn journal(lines: u32, chosen: &[String]) -> Result<Outcome, Outcome> {
    let path = run::find("journalctl")?;
    let lines = format!("--lines={lines}");
    let mut arguments = vec!["--output=json", "--no-pager", "--all", FIELDS, &lines];
    arguments.extend(chosen.iter().map(String::as_str));
    let finished = run::run(&path, &arguments)?;
    let said = first_line(&finished.stderr);
    let hidden = said.contains("not seeing messages")
        || said.contains("insufficient permissions")
        || system_journal_is_hidden();
    match judge("journalctl", finished)? {
        Outcome::Got { bytes, .. } if hidden && bytes.is_empty() => {
            let why = "needs root, or membership in the group systemd-journal or adm";
            Err(Outcome::Denied(format!("journalctl: {why}")))
        }
        Outcome::Got { bytes, cut } => Ok(Outcome::Got {
            bytes,
            cut: cut || hidden,
        }),
        other => Ok(other),
    }
}

/// Whether the system's own journal may not be read. journalctl shows without a word
/// what else there is, such as the user's own messages.
fn system_journal_is_hidden() -> bool {
    let Ok(id) = std::fs::read_to_string("/etc/machine-id") else {
        return false;
    };
    let folders = ["/var/log/journal", "/run/log/journal"];
    let mut files = folders
        .iter()
        .map(|folder| format!("{folder}/{}/system.journal", id.trim()));
    let refused = |error: std::io::Error| error.kind() == std::io::ErrorKind::PermissionDenied;
    files.any(|file| std::fs::File::open(file).err().is_some_and(refused))
}

/// The rules with their sets; without the sets' elements where those are huge.
fn nft() -> Result<Outcome, Outcome> {
    let path = run::find("nft")?;
    packet_filter::is_there()?;
    for arguments in [
        &["--json", "list", "ruleset"][..],
        &["--json", "--terse", "list", "ruleset"],
    ] {
        let finished = run::run(&path, arguments)?;
        if !finished.cut {
            return judge("nft", finished);
        }
    }
    Err(Outcome::Failed(
        "nft list ruleset: more than 4 MiB of rules".to_owned(),
    ))
}

/// The kernel's answer that there is no route is an answer.
fn route(address: &str) -> Result<Outcome, Outcome> {
    let finished = run::run(&run::find("ip")?, &["-json", "route", "get", address])?;
    if finished.stderr.starts_with(b"RTNETLINK answers: ") {
        return Ok(Outcome::Got {
            bytes: finished.stderr,
            cut: false,
        });
    }
    judge("ip", finished)
}

/// Requests that failed, without what visitors sent: their headers may hold secrets.
fn varnish_log(name: Option<&str>, since: i64) -> Result<Outcome, Outcome> {
    let path = run::find("varnishlog")?;
    let query = format!("RespStatus >= 500 and Timestamp:Start[1] >= {since}.0");
    let fixed = [
        "-d",
        "-t",
        "1",
        "-g",
        "request",
        "-i",
        "Begin,ReqStart,ReqURL,Timestamp,RespStatus,BackendOpen,BackendReuse,FetchError,End",
        "-I",
        "ReqHeader:^[Hh]ost:",
        "-q",
        &query,
    ];
    let mut arguments = fixed.to_vec();
    if let Some(name) = name {
        // A name, or a folder.
        for part in name.split('/').filter(|part| !part.is_empty()) {
            unit_name(part)?;
        }
        arguments.extend(["-n", name]);
    }
    judge("varnishlog", run::run(&path, &arguments)?)
}

fn iptables(program: &str) -> Result<Outcome, Outcome> {
    let path = run::find(program)?;
    packet_filter::is_there()?;
    judge(program, run::run(&path, &["--counters"])?)
}

/// The bytes, unless the program says that it failed or was not allowed.
fn judge(program: &str, finished: Finished) -> Result<Outcome, Outcome> {
    if finished.cut || finished.status.success() {
        let (bytes, cut) = (finished.stdout, finished.cut);
        return Ok(Outcome::Got { bytes, cut });
    }
    let said = first_line(&finished.stderr);
    let why = format!("{program}: {}: {said}", finished.status);
    let refusals = [
        "Operation not permitted",
        "Permission denied",
        "must be root",
        "Access denied",
        "insufficient permissions",
    ];
    if refusals.iter().any(|words| said.contains(words)) {
        return Err(Outcome::Denied(why));
    }
    Err(Outcome::Failed(why))
}

fn first_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines().next().unwrap_or_default().trim().to_owned()
}

/// The name, if it can be a unit's: nothing that a program could take for an
/// option or a pattern.
fn unit_name(name: &str) -> Result<&str, Outcome> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    // The root slice has this name; it stands behind `--` or within an option.
    let named = !name.starts_with('-') || name == "-.slice";
    if !name.is_empty() && named && name.chars().all(allowed) {
        return Ok(name);
    }
    let shown = gatewhy_facts::untrusted::shown_within(name.as_bytes(), 60);
    Err(Outcome::Failed(format!("not a unit's name: {shown}")))
}
