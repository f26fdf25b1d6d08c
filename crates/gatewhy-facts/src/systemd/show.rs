//! `systemctl show`: units as systemd holds them right now.
//!
//! A property that systemd did not print, or printed as `[not set]` or empty, is
//! `None`: no default is put in its place. [`Unit::told`] still has the text as
//! printed, where an empty value means that the setting is not made.
mod blocks;
mod exec;
mod state;
#[cfg(test)]
mod tests;
mod verdict;

use super::exit::Exit;
use super::{time_span, words};
use crate::prelude::*;

pub use blocks::Properties;
pub use exec::Exec;
pub use state::{ActiveState, LoadState, RestartPolicy, ServiceResult, SubState};

/// One unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Its name with its suffix: `nginx.service`.
    pub id: String,
    /// All its names.
    pub names: Vec<String>,
    /// Its title.
    pub description: Option<String>,
    /// Whether its definition was read.
    pub load_state: Option<LoadState>,
    /// Why it was not, in systemd's words.
    pub load_error: Option<String>,
    /// Up or down.
    pub active_state: Option<ActiveState>,
    /// The same more exactly.
    pub sub_state: Option<SubState>,
    /// How the last run ended.
    pub result: Option<ServiceResult>,
    /// Whether it starts at boot: `enabled`, `disabled`, `static`, `masked` …
    pub unit_file_state: Option<String>,
    /// Its file.
    pub fragment_path: Option<String>,
    /// The files that change it, in order.
    pub drop_in_paths: Vec<String>,
    /// Whether those files are newer than what systemd holds.
    pub need_daemon_reload: Option<bool>,
    /// Whether its `Condition…=` lines held when it was last started.
    pub condition_result: Option<bool>,
    /// Whether its `Assert…=` lines held then.
    pub assert_result: Option<bool>,
    /// The sockets, paths and timers that start it.
    pub triggered_by: Vec<String>,
    /// What a socket, path or timer starts.
    pub triggers: Vec<String>,
    /// `Type=`: `simple`, `notify`, `forking` …
    pub kind: Option<String>,
    /// The control group, from the root of the hierarchy; none while it is down.
    pub control_group: Option<String>,
    /// The id of its last run: the journal's `_SYSTEMD_INVOCATION_ID`.
    pub invocation_id: Option<String>,
    /// What the service says of itself (`sd_notify`).
    pub status_text: Option<String>,
    /// The job that waits or runs for this unit right now.
    pub job: Option<u32>,
    /// Its processes.
    pub processes: Processes,
    /// When what happened.
    pub times: Times,
    /// What it runs.
    pub commands: Commands,
    /// When systemd starts, stops and gives up.
    pub rules: Rules,
    /// As whom and in which surroundings its processes run.
    pub context: Context,
    /// What its processes may use.
    pub limits: Limits,
    /// Where it listens; empty unless it is a socket.
    pub listen: Vec<Listen>,
    /// Everything as printed.
    pub properties: Properties,
}

/// A limit or a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// So much, in the unit that the field says.
    At(u64),
    /// No limit (`infinity`).
    Unlimited,
}

/// The processes of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Processes {
    /// The main process that runs now.
    pub main_pid: Option<u32>,
    /// The helper (`ExecStartPre=`, `ExecReload=` …) that runs now.
    pub control_pid: Option<u32>,
    /// The main process of the last run.
    pub exec_main_pid: Option<u32>,
    /// How that one ended; none while it runs, and when none ran.
    pub exec_main_exit: Option<Exit>,
    /// How often it was restarted automatically since it was last started by hand.
    pub restarts: Option<u32>,
}

/// Moments in microseconds of the monotonic clock; `None` when it never happened
/// since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Any change of state.
    pub state_change: Option<u64>,
    /// It came up.
    pub active_enter: Option<u64>,
    /// It stopped being up.
    pub active_exit: Option<u64>,
    /// It went down.
    pub inactive_enter: Option<u64>,
    /// It began to start.
    pub inactive_exit: Option<u64>,
    /// The main process was started.
    pub main_start: Option<u64>,
    /// The main process ended.
    pub main_exit: Option<u64>,
    /// Its conditions were looked at.
    pub condition: Option<u64>,
}

/// What a service runs, each in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands {
    /// `ExecCondition=`
    pub condition: Vec<Exec>,
    /// `ExecStartPre=`
    pub start_pre: Vec<Exec>,
    /// `ExecStart=`
    pub start: Vec<Exec>,
    /// `ExecStartPost=`
    pub start_post: Vec<Exec>,
    /// `ExecReload=`
    pub reload: Vec<Exec>,
    /// `ExecStop=`
    pub stop: Vec<Exec>,
}

/// When systemd starts, stops and gives up. Times in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// `Restart=`
    pub restart: Option<RestartPolicy>,
    /// `RestartSec=`: the pause before an automatic restart.
    pub restart_usec: Option<Bound>,
    /// So many starts are allowed …
    pub start_limit_burst: Option<u32>,
    /// … within this time; 0 switches the limit off.
    pub start_limit_interval: Option<Bound>,
    /// How long a start may take.
    pub timeout_start: Option<Bound>,
    /// How long a stop may take before SIGKILL.
    pub timeout_stop: Option<Bound>,
    /// How long it may run.
    pub runtime_max: Option<Bound>,
    /// How often it must tell that it is alive; `None` also when it need not.
    pub watchdog: Option<Bound>,
    /// The signal that asks it to stop.
    pub kill_signal: Option<i32>,
    /// `KillMode=`: `control-group`, `mixed`, `process`, `none`.
    pub kill_mode: Option<String>,
    /// `OOMPolicy=`: `stop` ends the whole unit when one process was killed for
    /// its memory; `continue`; `kill`.
    pub oom_policy: Option<String>,
    /// `SuccessExitStatus=` as printed.
    pub success_exit_status: Option<String>,
    /// `RestartPreventExitStatus=` as printed.
    pub restart_prevent_exit_status: Option<String>,
    /// `PIDFile=`
    pub pid_file: Option<String>,
    /// Whether it counts as up after everything has run (`RemainAfterExit=`).
    pub remain_after_exit: Option<bool>,
}

/// As whom and in which surroundings a unit's processes run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// `User=`; none means root for a system service.
    pub user: Option<String>,
    /// `Group=`; none means the user's own.
    pub group: Option<String>,
    /// `SupplementaryGroups=`
    pub supplementary_groups: Vec<String>,
    /// `DynamicUser=`
    pub dynamic_user: Option<bool>,
    /// `UMask=` as printed, octal: `0022`.
    pub umask: Option<String>,
    /// `WorkingDirectory=`
    pub working_directory: Option<String>,
    /// Whether that folder may be missing.
    pub working_directory_may_miss: bool,
    /// `RootDirectory=`
    pub root_directory: Option<String>,
    /// `Environment=`
    pub environment: Vec<Variable>,
    /// `EnvironmentFile=`
    pub environment_files: Vec<EnvironmentFile>,
    /// `PrivateTmp=`: its `/tmp` is not everybody's.
    pub private_tmp: Option<bool>,
    /// `PrivateNetwork=`: it has only a loopback of its own.
    pub private_network: Option<bool>,
    /// `ProtectHome=`: `no`, `yes`, `read-only`, `tmpfs`.
    pub protect_home: Option<String>,
    /// `ProtectSystem=`: `no`, `yes`, `full`, `strict`.
    pub protect_system: Option<String>,
    /// `RuntimeDirectory=`: folders under `/run`, gone when the unit stops.
    pub runtime_directory: Vec<String>,
    /// `RuntimeDirectoryMode=` as printed, octal.
    pub runtime_directory_mode: Option<String>,
    /// `ReadWritePaths=`, each with its prefixes.
    pub read_write_paths: Vec<String>,
    /// `ReadOnlyPaths=`, likewise.
    pub read_only_paths: Vec<String>,
    /// `InaccessiblePaths=`, likewise.
    pub inaccessible_paths: Vec<String>,
    /// `RestrictAddressFamilies=` as printed; none when nothing is restricted.
    pub restrict_address_families: Option<String>,
    /// `IPAddressDeny=`
    pub ip_address_deny: Vec<String>,
    /// `IPAddressAllow=`
    pub ip_address_allow: Vec<String>,
}

/// One variable of `Environment=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value; `None` when it may be a secret, which is never kept.
    pub value: Option<String>,
}

/// One `EnvironmentFile=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentFile {
    /// Its path, possibly a pattern.
    pub path: String,
    /// Whether it may be missing.
    pub may_miss: bool,
}

/// What a unit's processes may use, and use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Descriptors of one process, as far as it may raise them itself.
    pub nofile_hard: Option<Bound>,
    /// Descriptors of one process.
    pub nofile_soft: Option<Bound>,
    /// Processes and threads of its user.
    pub nproc: Option<Bound>,
    /// Processes and threads of the unit.
    pub tasks_max: Option<Bound>,
    /// How many there are.
    pub tasks_current: Option<u64>,
    /// Bytes at which the kernel kills (`MemoryMax=`, or the older `MemoryLimit=`).
    pub memory_max: Option<Bound>,
    /// Bytes at which the kernel slows it down.
    pub memory_high: Option<Bound>,
    /// Bytes of swap.
    pub memory_swap_max: Option<Bound>,
    /// Bytes it uses.
    pub memory_current: Option<u64>,
    /// The most bytes it ever used (systemd 254 and later).
    pub memory_peak: Option<u64>,
}

/// One address on which a socket unit listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// A path, `ADDRESS:PORT` or `@name`.
    pub address: String,
    /// `Stream`, `Datagram`, `SequentialPacket`, `FIFO` …
    pub kind: String,
}

/// Reads the output for any number of units. Blocks without an `Id` are left out.
pub fn parse(bytes: &[u8]) -> Vec<Unit> {
    let text = String::from_utf8_lossy(bytes);
    blocks::parse(&text).into_iter().filter_map(unit).collect()
}

fn unit(p: Properties) -> Option<Unit> {
    let list = |key| p.value(key).map(words::split).unwrap_or_default();
    Some(Unit {
        id: p.text("Id")?,
        names: list("Names"),
        description: p.text("Description"),
        load_state: p.filled("LoadState").map(LoadState::from_word),
        load_error: p.filled("LoadError").map(load_error),
        active_state: p.filled("ActiveState").map(ActiveState::from_word),
        sub_state: p.filled("SubState").map(SubState::from_word),
        result: p.filled("Result").map(ServiceResult::from_word),
        unit_file_state: p.text("UnitFileState"),
        fragment_path: p.text("FragmentPath"),
        drop_in_paths: list("DropInPaths"),
        need_daemon_reload: p.yes("NeedDaemonReload"),
        condition_result: p.yes("ConditionResult"),
        assert_result: p.yes("AssertResult"),
        triggered_by: list("TriggeredBy"),
        triggers: list("Triggers"),
        kind: p.text("Type"),
        control_group: p.text("ControlGroup"),
        invocation_id: p.text("InvocationID"),
        status_text: p.text("StatusText"),
        job: p.number("Job"),
        processes: processes(&p),
        times: times(&p),
        commands: commands(&p),
        rules: rules(&p),
        context: context(&p),
        limits: limits(&p),
        listen: p.values("Listen").filter_map(listen).collect(),
        properties: p,
    })
}

impl Unit {
    /// A property as systemd printed it: `Some("")` is a setting that is not made,
    /// `None` one that was not told.
    pub fn told(&self, property: &str) -> Option<&str> {
        self.properties.value(property)
    }
}

impl Properties {
    /// The value, unless it is empty or `[not set]`.
    fn filled(&self, key: &str) -> Option<&str> {
        self.value(key)
            .filter(|value| !value.is_empty() && *value != "[not set]" && *value != "[no data]")
    }

    fn text(&self, key: &str) -> Option<String> {
        self.filled(key).map(str::to_owned)
    }

    fn yes(&self, key: &str) -> Option<bool> {
        match self.filled(key)? {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        }
    }

    fn any_number<T: core::str::FromStr>(&self, key: &str) -> Option<T> {
        self.filled(key)?.parse().ok()
    }

    /// A number that is not 0: systemd prints 0 for no process and no moment.
    fn number<T: core::str::FromStr + Default + PartialEq>(&self, key: &str) -> Option<T> {
        self.any_number(key)
            .filter(|number| *number != T::default())
    }

    /// A number that the kernel counts; the largest one stands for unknown.
    fn counted(&self, key: &str) -> Option<u64> {
        self.any_number(key).filter(|number| *number != u64::MAX)
    }

    fn bound(&self, key: &str) -> Option<Bound> {
        match self.filled(key)? {
            "infinity" => Some(Bound::Unlimited),
            number => number.parse().ok().map(|number| match number {
                u64::MAX => Bound::Unlimited,
                number => Bound::At(number),
            }),
        }
    }

    fn span(&self, key: &str) -> Option<Bound> {
        time_span::microseconds(self.filled(key)?)
    }

    fn list(&self, key: &str) -> Vec<String> {
        self.value(key).map(words::split).unwrap_or_default()
    }

    fn commands(&self, key: &str) -> Vec<Exec> {
        self.values(key).filter_map(exec::parse).collect()
    }
}

/// `org.freedesktop.systemd1.NoSuchUnit "Unit x.service not found."`
fn load_error(printed: &str) -> String {
    let message = printed.split_once(" \"").map(|(_, message)| message);
    let message = message.and_then(|message| message.strip_suffix('"'));
    message.unwrap_or(printed).to_owned()
}

fn processes(p: &Properties) -> Processes {
    let code = p.any_number("ExecMainCode").unwrap_or_default();
    let status: Option<i32> = p.any_number("ExecMainStatus");
    Processes {
        main_pid: p.number("MainPID"),
        control_pid: p.number("ControlPID"),
        exec_main_pid: p.number("ExecMainPID"),
        exec_main_exit: status.and_then(|status| Exit::from_numbers(code, status)),
        restarts: p.any_number("NRestarts"),
    }
}

fn times(p: &Properties) -> Times {
    Times {
        state_change: p.number("StateChangeTimestampMonotonic"),
        active_enter: p.number("ActiveEnterTimestampMonotonic"),
        active_exit: p.number("ActiveExitTimestampMonotonic"),
        inactive_enter: p.number("InactiveEnterTimestampMonotonic"),
        inactive_exit: p.number("InactiveExitTimestampMonotonic"),
        main_start: p.number("ExecMainStartTimestampMonotonic"),
        main_exit: p.number("ExecMainExitTimestampMonotonic"),
        condition: p.number("ConditionTimestampMonotonic"),
    }
}

fn commands(p: &Properties) -> Commands {
    Commands {
        condition: p.commands("ExecCondition"),
        start_pre: p.commands("ExecStartPre"),
        start: p.commands("ExecStart"),
        start_post: p.commands("ExecStartPost"),
        reload: p.commands("ExecReload"),
        stop: p.commands("ExecStop"),
    }
}

fn rules(p: &Properties) -> Rules {
    Rules {
        restart: p.filled("Restart").map(RestartPolicy::from_word),
        restart_usec: p.span("RestartUSec"),
        start_limit_burst: p.any_number("StartLimitBurst"),
        start_limit_interval: p.span("StartLimitIntervalUSec"),
        timeout_start: p.span("TimeoutStartUSec"),
        timeout_stop: p.span("TimeoutStopUSec"),
        runtime_max: p.span("RuntimeMaxUSec"),
        watchdog: p.span("WatchdogUSec").filter(|span| *span != Bound::At(0)),
        kill_signal: p.number("KillSignal"),
        kill_mode: p.text("KillMode"),
        oom_policy: p.text("OOMPolicy"),
        success_exit_status: p.text("SuccessExitStatus"),
        restart_prevent_exit_status: p.text("RestartPreventExitStatus"),
        pid_file: p.text("PIDFile"),
        remain_after_exit: p.yes("RemainAfterExit"),
    }
}

fn context(p: &Properties) -> Context {
    let folder = p.filled("WorkingDirectory");
    let may_miss = folder.and_then(|folder| folder.strip_prefix('!'));
    Context {
        user: p.text("User"),
        group: p.text("Group"),
        supplementary_groups: p.list("SupplementaryGroups"),
        dynamic_user: p.yes("DynamicUser"),
        umask: p.text("UMask"),
        working_directory: may_miss.or(folder).map(str::to_owned),
        working_directory_may_miss: may_miss.is_some(),
        root_directory: p.text("RootDirectory"),
        environment: p
            .list("Environment")
            .iter()
            .map(|word| variable(word))
            .collect(),
        environment_files: p
            .values("EnvironmentFiles")
            .filter_map(environment_file)
            .collect(),
        private_tmp: p.yes("PrivateTmp"),
        private_network: p.yes("PrivateNetwork"),
        protect_home: p.text("ProtectHome"),
        protect_system: p.text("ProtectSystem"),
        runtime_directory: p.list("RuntimeDirectory"),
        runtime_directory_mode: p.text("RuntimeDirectoryMode"),
        read_write_paths: p.list("ReadWritePaths"),
        read_only_paths: p.list("ReadOnlyPaths"),
        inaccessible_paths: p.list("InaccessiblePaths"),
        restrict_address_families: p.text("RestrictAddressFamilies").filter(|list| list != "~"),
        ip_address_deny: p.list("IPAddressDeny"),
        ip_address_allow: p.list("IPAddressAllow"),
    }
}

fn limits(p: &Properties) -> Limits {
    let max = match (p.bound("MemoryMax"), p.bound("MemoryLimit")) {
        (Some(Bound::Unlimited) | None, Some(old)) => Some(old),
        (new, _) => new,
    };
    Limits {
        nofile_hard: p.bound("LimitNOFILE"),
        nofile_soft: p.bound("LimitNOFILESoft"),
        nproc: p.bound("LimitNPROC"),
        tasks_max: p.bound("TasksMax"),
        tasks_current: p.counted("TasksCurrent"),
        memory_max: max,
        memory_high: p.bound("MemoryHigh"),
        memory_swap_max: p.bound("MemorySwapMax"),
        memory_current: p.counted("MemoryCurrent"),
        memory_peak: p.counted("MemoryPeak"),
    }
}

/// `NAME=value`, the value only when it is no secret.
fn variable(word: &str) -> Variable {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    let value = Some(value).filter(|value| !super::secret::may_be(name, value));
    Variable {
        name: name.to_owned(),
        value: value.map(str::to_owned),
    }
}

/// `/etc/shop/env (ignore_errors=no)`
fn environment_file(printed: &str) -> Option<EnvironmentFile> {
    let (path, flag) = printed.rsplit_once(" (ignore_errors=")?;
    Some(EnvironmentFile {
        path: path.to_owned(),
        may_miss: flag.starts_with("yes"),
    })
}

/// `127.0.0.1:9000 (Stream)`
fn listen(printed: &str) -> Option<Listen> {
    let (address, kind) = printed.rsplit_once(" (")?;
    Some(Listen {
        address: address.to_owned(),
        kind: kind.trim_end_matches(')').to_owned(),
    })
}
