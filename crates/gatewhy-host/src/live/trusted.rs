//! Whether an executable may be run: only one that root alone can change.
//!
//! A tenant can name a process `nginx` and wait for somebody with more rights to
//! run its executable.
use super::trouble;
use gatewhy_facts::answer::Outcome;
use gatewhy_facts::path::HostPath;
use rustix::fs::{AtFlags, CWD, statat};
use std::path::Path;

/// Refuses an executable that, or whose folder, somebody else than root may
/// change.
pub(super) fn executable(path: &HostPath) -> Result<(), Outcome> {
    let real = std::fs::canonicalize(path.as_str()).map_err(|error| {
        let errno = rustix::io::Errno::from_io_error(&error);
        errno.map_or_else(
            || Outcome::Failed(format!("find {path}: {error}")),
            |errno| trouble::outcome(&format!("find {path}"), errno),
        )
    })?;
    for element in real.ancestors() {
        owned_by_root(element)?;
    }
    Ok(())
}

fn owned_by_root(element: &Path) -> Result<(), Outcome> {
    let shown = element.display();
    let stat = statat(CWD, element, AtFlags::SYMLINK_NOFOLLOW)
        .map_err(|error| trouble::outcome(&format!("stat {shown}"), error))?;
    if stat.st_uid == 0 && stat.st_mode & 0o022 == 0 {
        return Ok(());
    }
    let why = format!("not run: others than root may change {shown}");
    Err(Outcome::Unsupported(why))
}
