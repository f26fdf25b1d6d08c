//! One line of any log that gateways, backends, supervisors and the kernel write.
//!
//! Each server has its own file here and gives the same [`Record`]. [`recognise`]
//! finds out by content who wrote a line; a reader of large files finds that out
//! once and then calls the [`Format`] itself. Nothing here allocates for a line,
//! except where a parser of its own (systemd, the kernel) does.
//!
//! A line is read by the grammar of its format: words that visitors or
//! applications may write are looked at only where the format puts the message.
pub(crate) mod errno;
pub mod json;
mod nginx;
mod pasted;
mod record;
mod wrapper;

pub use nginx::from_error as from_nginx_error;
pub use pasted::{Pasted, join};
pub use record::{LoggedAt, Record, Role, Server, Timing};
pub use wrapper::{Wrapper, strip as strip_wrappers};

/// A way to write lines.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its permanent name, such as `nginx-error`.
    pub id: &'static str,
    /// Reads one line without wrappers; `None` when the line is of another format.
    pub read: for<'a> fn(&'a [u8]) -> Option<Record<'a>>,
    /// How syslog calls those who write it; empty where everybody may.
    tags: &'static [&'static str],
}

const fn format(
    id: &'static str,
    read: for<'a> fn(&'a [u8]) -> Option<Record<'a>>,
    tags: &'static [&'static str],
) -> Format {
    Format { id, read, tags }
}

/// Every format, the strictest first: one that takes any words comes last.
pub static FORMATS: &[Format] = &[
    format("nginx-error", nginx::error, &[]),
    format("nginx-json", nginx::json, &[]),
    format("access-common", nginx::access, &[]),
];

/// Who wrote a line, and what it says. What syslog, the journal or a container's
/// output put before it is taken off.
pub fn recognise(line: &[u8]) -> Option<Record<'_>> {
    let (wrapper, text) = strip_wrappers(line);
    let named = FORMATS
        .iter()
        .filter(|format| is_named(format, wrapper.tag));
    let others = FORMATS
        .iter()
        .filter(|format| !is_named(format, wrapper.tag));
    let mut record = named.chain(others).find_map(|format| (format.read)(text))?;
    record.at = record.at.or(wrapper.at);
    record.pid = record.pid.or(wrapper.pid);
    Some(record)
}

fn is_named(format: &Format, tag: Option<&[u8]>) -> bool {
    tag.is_some_and(|tag| {
        let name = tag.rsplit(|b| *b == b'/').next().unwrap_or_default();
        format
            .tags
            .iter()
            .any(|known| name.starts_with(known.as_bytes()))
    })
}
