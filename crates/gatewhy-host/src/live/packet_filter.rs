//! Whether the kernel has a packet filter at all.
//!
//! Asking for rules makes the kernel load its module for them. A diagnosis
//! changes nothing, so nobody is asked where the module is not there: then there
//! are no rules either.
use gatewhy_facts::answer::Outcome;
use std::path::Path;

/// Refuses with *absent* where asking would first load `nf_tables`.
pub(super) fn is_there() -> Result<(), Outcome> {
    if loaded() || !loadable() || built_in() != Some(false) {
        return Ok(());
    }
    Err(Outcome::Absent)
}

fn loaded() -> bool {
    let old = std::fs::read("/proc/net/ip_tables_names");
    let old6 = std::fs::read("/proc/net/ip6_tables_names");
    let has_tables = |names: std::io::Result<Vec<u8>>| names.is_ok_and(|names| !names.is_empty());
    Path::new("/sys/module/nf_tables").exists() || has_tables(old) || has_tables(old6)
}

/// Whether this kernel loads modules when it needs them.
fn loadable() -> bool {
    let first = |path: &str| {
        std::fs::read(path)
            .ok()
            .and_then(|bytes| bytes.first().copied())
    };
    let helper = first("/proc/sys/kernel/modprobe");
    let disabled = first("/proc/sys/kernel/modules_disabled") == Some(b'1');
    helper.is_some_and(|byte| byte != b'\n') && !disabled
}

/// Whether it is part of the kernel; `None` where its list is not at hand.
fn built_in() -> Option<bool> {
    let release = rustix::system::uname().release().to_str().ok()?.to_owned();
    let list = std::fs::read_to_string(format!("/lib/modules/{release}/modules.builtin")).ok()?;
    Some(list.lines().any(|line| line.ends_with("/nf_tables.ko")))
}
