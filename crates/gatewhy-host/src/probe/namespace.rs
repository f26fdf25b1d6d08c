//! Where a conversation is held: other processes' network namespaces and root
//! folders.
use gatewhy_facts::answer::Outcome;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// A network namespace.
pub(super) enum Place {
    /// The one we are in.
    Here,
    /// Another one.
    There(OwnedFd),
}

/// The network namespace of a process.
pub(super) fn network_of(pid: u32) -> Result<Place, Outcome> {
    let path = format!("/proc/{pid}/ns/net");
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let fd = rustix::fs::open(&path, flags, Mode::empty()).map_err(|e| cannot(&path, e))?;
    let own_path = "/proc/thread-self/ns/net";
    let own = rustix::fs::stat(own_path).map_err(|e| cannot(own_path, e))?;
    let other = rustix::fs::fstat(&fd).map_err(|e| cannot(&path, e))?;
    if (own.st_dev, own.st_ino) == (other.st_dev, other.st_ino) {
        return Ok(Place::Here);
    }
    Ok(Place::There(fd))
}

/// Runs `work` on a thread of its own that has entered the namespace and ends
/// afterwards, so that no other thread ever leaves ours.
pub(super) fn run_in(
    namespace: &OwnedFd,
    work: impl FnOnce() -> Outcome + Send,
) -> Result<Outcome, Outcome> {
    let fd = namespace.as_fd();
    let inside = move || {
        move_into_link_name_space(fd, Some(LinkNameSpaceType::Network))
            .map_err(|e| cannot("another network namespace", e))?;
        Ok(work())
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("probe-namespace".to_owned())
            .spawn_scoped(scope, inside)
            .map_err(|e| Outcome::Failed(format!("cannot start a thread: {e}")))?;
        let died = |_| Outcome::Failed("the probe's thread died".to_owned());
        thread.join().map_err(died)?
    })
}

/// The root folder of a process.
pub(super) fn root_of(pid: u32) -> Result<OwnedFd, Outcome> {
    let path = format!("/proc/{pid}/root");
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(&path, flags, Mode::empty()).map_err(|e| cannot(&path, e))
}

/// Why something could not be tried at all.
pub(super) fn cannot(what: &str, why: Errno) -> Outcome {
    match why {
        Errno::ACCESS | Errno::PERM => Outcome::Denied(format!("{what}: {why}")),
        Errno::NOENT | Errno::SRCH => Outcome::Failed(format!("{what}: the process is gone")),
        _ => Outcome::Failed(format!("{what}: {why}")),
    }
}
