//! What is known of a unit.
use super::{ActiveState, Exec, LoadState, Properties, RestartPolicy, ServiceResult, SubState};
use crate::prelude::*;
use crate::systemd::exit::Exit;

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
    /// Units without which it is not started: `Requires=`, `BindsTo=`.
    pub requires: Vec<String>,
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
    /// Everything as printed, but for `Environment`, which may hold secrets.
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

impl Commands {
    /// The words of all commands that `ExecStart=` gives, in their order.
    pub fn start_words(&self) -> impl Iterator<Item = &str> + Clone {
        let words = self.start.iter().flat_map(|exec| &exec.argv);
        words.map(String::as_str)
    }
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
