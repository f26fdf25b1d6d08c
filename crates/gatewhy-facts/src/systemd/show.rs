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
mod unit;
mod verdict;

use super::exit::Exit;
use super::{time_span, words};
use crate::prelude::*;

pub use blocks::Properties;
pub use exec::Exec;
pub use state::{ActiveState, LoadState, RestartPolicy, ServiceResult, SubState};
pub use unit::{
    Bound, Commands, Context, EnvironmentFile, Limits, Listen, Processes, Rules, Times, Unit,
    Variable,
};

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
        requires: [list("Requires"), list("BindsTo")].concat(),
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
        properties: p.without("Environment"),
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
    /// Everything but one property, whose values may be secret.
    fn without(mut self, key: &str) -> Self {
        self.remove(key);
        self
    }

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
