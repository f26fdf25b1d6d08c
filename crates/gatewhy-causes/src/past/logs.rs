//! What logs hold of a window of time, those that were rotated away included.
use crate::case::Case;
use crate::case::service::units;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::files::{Files as _, Kind};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Command;
use gatewhy_facts::question::{Entries, LogLines, LogWindow, Part, Question, View};
use gatewhy_facts::systemd::journal::{self, Journal};
use gatewhy_facts::time::Moment;

/// The most files of one log that are looked into.
const FILES: usize = 64;
/// The most bytes of one file's lines.
const BYTES: u32 = 4 << 20;
/// The most entries of a journal.
const ENTRIES: u32 = 600;

const ALLOW_LOG: &str = "run as root, or as a member of the group adm";
const ALLOW_JOURNAL: &str = "run as root, or as a member of the group systemd-journal";

/// A span of time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub from: Moment,
    /// The last moment.
    pub until: Moment,
}

/// The lines of one log.
#[derive(Clone, Debug, Default)]
pub struct Lines<'k> {
    /// Each file that has any, oldest file first as far as names tell.
    pub files: Vec<(HostPath, &'k [u8])>,
    /// What could not be read, or was left out.
    pub gaps: Vec<Gap>,
}

impl Span {
    /// The span with so many seconds more before and after.
    #[must_use]
    pub const fn widened(self, before: i64, after: i64) -> Self {
        Self {
            from: self.from.plus_secs(-before),
            until: self.until.plus_secs(after),
        }
    }

    /// Whether a moment lies in it.
    pub fn holds(&self, at: Moment) -> bool {
        self.from <= at && at <= self.until
    }

    /// Whole seconds from its first to its last moment.
    pub const fn secs(&self) -> i64 {
        self.until.since(self.from).div_euclid(1_000_000)
    }
}

impl<'k> Case<'k> {
    /// The lines of a log and of those that were rotated away beside it. Absent when
    /// there is no such log.
    pub fn log_within(&self, path: &HostPath, span: Span, which: LogLines) -> Fact<Lines<'k>> {
        self.log_within_as(path, self.proxy_view(), span, which)
    }

    /// The same, as somebody else sees the files.
    pub fn log_within_as(
        &self,
        path: &HostPath,
        view: View,
        span: Span,
        which: LogLines,
    ) -> Fact<Lines<'k>> {
        let Some(clock) = self.clock() else {
            let gap = self
                .clock_gap()
                .unwrap_or_else(|| Gap::new("the host's clock", "", ""));
            return Fact::Unknown(gap);
        };
        if path.as_str() == "/dev/null" {
            return Fact::Absent(Source::new(path.to_string()));
        }
        let mut lines = Lines::default();
        let mut seen = false;
        for file in self.rotated(path, view, &mut lines.gaps) {
            let question = Question::File {
                path: file.clone(),
                view,
                part: Part::Within(LogWindow {
                    from: span.from.secs(),
                    until: span.until.secs(),
                    offset: clock.utc_offset_secs,
                    lines: which,
                    bytes: BYTES,
                }),
            };
            match self.known.bytes(&question, &file.to_string(), ALLOW_LOG) {
                Fact::Found(bytes, _) => {
                    seen = true;
                    if self.known.is_cut(&question) {
                        lines.gaps.push(left_out(&file));
                    }
                    if !bytes.is_empty() {
                        lines.files.push((file, bytes));
                    }
                }
                Fact::Absent(_) => {}
                Fact::Unknown(gap) if gap.is_pending() || file == *path => {
                    return Fact::Unknown(gap);
                }
                Fact::Unknown(gap) => lines.gaps.push(gap),
            }
        }
        let source = Source::new(path.to_string());
        if seen {
            Fact::Found(lines, source)
        } else {
            Fact::Absent(source)
        }
    }

    /// The log's own file and those that logrotate made of it: `.1`, `.2.gz`,
    /// `-20261120.zst`, `access-20261120.log` …
    fn rotated(&self, path: &HostPath, view: View, gaps: &mut Vec<Gap>) -> Vec<HostPath> {
        let files = gatewhy_facts::nginx::files::KnownFiles {
            known: self.known,
            view,
        };
        let folder = path.parent();
        let mut all: Vec<HostPath> = match files.list(&folder) {
            Fact::Found(names, _) => {
                let name = path.file_name();
                let kept = names
                    .into_iter()
                    .filter(|(other, kind)| *kind != Kind::Folder && is_rotated(name, other));
                kept.map(|(other, _)| folder.join(&other)).collect()
            }
            Fact::Absent(_) => Vec::new(),
            Fact::Unknown(gap) => {
                if !gap.is_pending() {
                    gaps.push(gap);
                }
                Vec::new()
            }
        };
        all.truncate(FILES);
        all.push(path.clone());
        all
    }

    /// What the journal holds of somebody's entries.
    pub fn journal_within(&self, of: Entries, span: Span) -> Fact<Journal> {
        self.journal_of(of, span, ENTRIES)
    }

    /// The same, with so many entries at most.
    pub(super) fn journal_of(&self, of: Entries, span: Span, lines: u32) -> Fact<Journal> {
        let place = match &of {
            Entries::Unit(unit) => units::journal_place(unit),
            other => format!("journalctl {other}"),
        };
        let question = Question::Run(Command::JournalWithin {
            of,
            from: span.from.secs(),
            // The journal's times are finer than a second: to the end of the last one.
            until: span.until.secs().saturating_add(1),
            lines,
        });
        self.known
            .bytes(&question, &place, ALLOW_JOURNAL)
            .map(journal::parse)
    }
}

fn left_out(file: &HostPath) -> Gap {
    Gap::new(
        format!("the older lines of {file}"),
        "only the newest 4 MiB of lines in the window are read",
        "a shorter window, with --at or --since",
    )
}

/// Whether a name is that of an older file of the log: something with a digit was put
/// behind the name, or before its last dot.
fn is_rotated(name: &str, other: &str) -> bool {
    if name == other {
        return false;
    }
    let dated = |rest: &str| {
        let mut chars = rest.chars();
        matches!(chars.next(), Some('.' | '-' | '_'))
            && chars.next().is_some_and(|c| c.is_ascii_digit())
    };
    if other.strip_prefix(name).is_some_and(dated) || differ_in_time(name, other) {
        return true;
    }
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return false;
    };
    let infix = other.strip_prefix(stem).filter(|rest| dated(rest));
    infix.is_some_and(|rest| {
        let packed = [".gz", ".zst", ".xz", ".bz2"];
        let rest = packed
            .iter()
            .find_map(|end| rest.strip_suffix(end))
            .unwrap_or(rest);
        rest.strip_suffix(extension)
            .is_some_and(|rest| rest.ends_with('.'))
    })
}

/// Whether two names differ in their digits only, of which there are as many as a date
/// has: the file that is written now has a time in its name, too (`rotatelogs`, cronolog).
fn differ_in_time(name: &str, other: &str) -> bool {
    const OF_A_DATE: usize = 6;
    let shape = |name: &str| -> String {
        let digits = |c: char| if c.is_ascii_digit() { '0' } else { c };
        name.chars().map(digits).collect()
    };
    let digits = name.chars().filter(char::is_ascii_digit).count();
    digits >= OF_A_DATE && name != other && shape(name) == shape(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_may_have_a_time_in_its_name_as_well() {
        assert!(is_rotated("error.2026-11-21", "error.2026-11-20"));
        assert!(is_rotated("errorlog.1795219200", "errorlog.1795132800"));
        assert!(!is_rotated("shop1.log", "shop2.log"));
        assert!(!is_rotated("error.2026-11-21", "access.2026-11-20"));
        assert!(!is_rotated("error.2026-11-21", "error.2026-11-21"));
    }

    #[test]
    fn logrotates_names_are_known_and_others_are_not() {
        for name in [
            "access.log.1",
            "access.log.2.gz",
            "access.log-20261120.zst",
            "access-20261120.log.gz",
            "access.1.log",
        ] {
            assert!(is_rotated("access.log", name), "{name}");
        }
        for name in [
            "access.log",
            "error.log.1",
            "access.log.old",
            "access-shop.log",
            "access.log.gz",
        ] {
            assert!(!is_rotated("access.log", name), "{name}");
        }
    }
}
