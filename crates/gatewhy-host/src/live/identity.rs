//! The host's clock, and who is looking.
use super::open;
use rustix::fs::CWD;
use rustix::time::{ClockId, Timespec, clock_gettime};

/// Answers `Question::Now`.
pub(super) fn now() -> Vec<u8> {
    let real = clock_gettime(ClockId::Realtime);
    // Before the clock that also counts sleep: read after it, it would be ahead of it
    // on a machine that never slept.
    let monotonic = clock_gettime(ClockId::Monotonic);
    let text = format!(
        "realtime_us {}\nboottime_us {}\nmonotonic_us {}\nutc_offset_secs {}\nclock_ticks {}\npage_size {}\n",
        micros(real),
        micros(clock_gettime(ClockId::Boottime)),
        micros(monotonic),
        utc_offset(real),
        rustix::param::clock_ticks_per_second(),
        rustix::param::page_size(),
    );
    text.into_bytes()
}

fn micros(at: Timespec) -> i64 {
    at.tv_sec
        .saturating_mul(1_000_000)
        .saturating_add(at.tv_nsec / 1_000)
}

/// Seconds east of UTC at that moment, in the zone this host is set to.
fn utc_offset(at: Timespec) -> i32 {
    let zone = jiff::tz::TimeZone::system();
    match jiff::Timestamp::from_second(at.tv_sec) {
        Ok(at) => zone.to_offset(at).seconds(),
        Err(_) => 0,
    }
}

/// Answers `Question::Whoami`.
pub(super) fn whoami() -> Vec<u8> {
    let groups = rustix::process::getgroups().unwrap_or_default();
    let groups: Vec<String> = groups.iter().map(|g| g.as_raw().to_string()).collect();
    let text = format!(
        "euid {}\negid {}\ngroups {}\ncap_eff {}\nhostname {}\nkernel {}\n",
        rustix::process::geteuid().as_raw(),
        rustix::process::getegid().as_raw(),
        groups.join(" "),
        cap_eff().unwrap_or_default(),
        rustix::system::uname().nodename().to_string_lossy(),
        rustix::system::uname().release().to_string_lossy(),
    );
    text.into_bytes()
}

/// Our effective capabilities as the kernel prints them, in hexadecimal.
fn cap_eff() -> Option<String> {
    let mut status = Vec::new();
    open::read_at(CWD, "/proc/self/status", &mut status, 1 << 14).ok()?;
    let status = String::from_utf8_lossy(&status).into_owned();
    let line = status.lines().find_map(|l| l.strip_prefix("CapEff:"))?;
    Some(line.trim().to_owned())
}
