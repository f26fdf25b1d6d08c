//! Whether a service that died had served before. Its own words and the proxy's
//! answers tell; logs tell whole seconds, so that of a short life either alone may
//! be of the run before.
use crate::case::Case;
use crate::case::service::down::{How, words_of};
use gatewhy_facts::app_log::{self, Kind, Output};
use gatewhy_facts::systemd::journal::Entry;
use gatewhy_facts::systemd::show::{ActiveState, Unit};

/// A service that ended within so many seconds of its start never served.
const START_SECS: u64 = 5;
/// An answer so long after its start is its own, and not of the run before.
const APART_SECS: i64 = 2;

/// Whether a service had served before it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// The proxy's answers, its own words or its long life say so.
    Yes,
    /// It seems so: the proxy answered well in the same seconds.
    Perhaps,
    /// It never did: systemd waits until a service of its type says that it is ready.
    Never,
    /// Nothing says so.
    Unseen,
    /// What would say so could not be read.
    Unknown,
}

impl Served {
    /// How a service that died by itself came to be down, and how else if what could
    /// not be looked at tells otherwise.
    pub const fn ways(self) -> (How, Option<How>) {
        match self {
            Self::Yes => (How::Crashed, None),
            Self::Never => (How::StartFailed, None),
            Self::Perhaps => (How::Crashed, Some(How::StartFailed)),
            Self::Unseen | Self::Unknown => (How::StartFailed, Some(How::Crashed)),
        }
    }
}

impl Case<'_> {
    /// Whether a service had served before it ended.
    pub(in crate::case) fn served(&self, unit: &Unit) -> Served {
        if never_ready(unit) {
            return Served::Never;
        }
        let says_so = || self.own_words(&unit.id).iter().any(says_it_listens);
        if lived_long(unit) || self.has_served(unit) || says_so() {
            return Served::Yes;
        }
        match self.seems_to_answer(unit) {
            Some(true) => Served::Perhaps,
            None if self.answers_are_hidden() => Served::Unknown,
            None | Some(false) => Served::Unseen,
        }
    }

    fn answers_are_hidden(&self) -> bool {
        let gap = self.clock_gap().or_else(|| self.answered_gap());
        gap.or_else(|| self.log_gap()).is_some()
    }

    /// Whether the proxy logged good answers while it ran: not those of the run before,
    /// in the same second.
    fn has_served(&self, unit: &Unit) -> bool {
        let start = self.at(unit.times.main_start);
        let ran = start.zip(self.at(unit.times.main_exit));
        ran.is_some_and(|(start, exit)| {
            let from = start.plus_secs(APART_SECS);
            from <= exit && self.answered_between(from, exit) == Some(true)
        })
    }

    /// Whether the proxy logged good answers or broken off ones while it ran, or in the
    /// same seconds. `None` when its logs do not tell.
    fn seems_to_answer(&self, unit: &Unit) -> Option<bool> {
        let start = self.at(unit.times.main_start)?;
        let exit = self.at(unit.times.main_exit)?;
        if self.broke_off_between(start, exit) {
            return Some(true);
        }
        let answered = self.answered_between(start, exit)?;
        (answered || self.log_gap().is_none()).then_some(answered)
    }
}

/// Whether its last run ended before it had said that it was ready. Of the types `simple`,
/// `exec` and `idle` systemd waits for no word. The start of the main process does not
/// count: it changes when a running service hands over to a new one.
fn never_ready(unit: &Unit) -> bool {
    let waits = matches!(
        unit.kind.as_deref(),
        Some("notify" | "notify-reload" | "dbus" | "forking")
    );
    let began = if unit.is_auto_restarting() {
        // It has left `inactive` anew when its last run ended.
        unit.times.main_start
    } else if matches!(unit.active_state, Some(ActiveState::Activating)) {
        // This run is not over.
        return false;
    } else {
        unit.times.inactive_exit
    };
    waits
        && !lived_long(unit)
        && began.is_some_and(|at| unit.times.active_enter.is_none_or(|ready| ready < at))
}

pub(in crate::case) fn lived_long(unit: &Unit) -> bool {
    let ran = unit.times.main_start.zip(unit.times.main_exit);
    ran.is_some_and(|(start, exit)| exit.saturating_sub(start) >= START_SECS * 1_000_000)
}

fn says_it_listens(entry: &Entry) -> bool {
    let output = Output {
        text: words_of(entry),
        at: Some(entry.at),
        pid: entry.pid,
    };
    app_log::read([output])
        .iter()
        .any(|event| event.kind == Kind::Listening)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewhy_facts::systemd::show::{SubState, Times};

    const SECOND: u64 = 1_000_000;

    /// A service of type `notify`, whose program dies and is to be started again.
    fn waiting(active_enter: Option<u64>, exit: u64) -> Unit {
        Unit {
            kind: Some("notify".into()),
            active_state: Some(ActiveState::Activating),
            sub_state: Some(SubState::AutoRestart),
            times: Times {
                active_enter,
                main_start: Some(10 * SECOND),
                main_exit: Some(exit),
                inactive_exit: Some(exit),
                ..Times::default()
            },
            ..Unit::default()
        }
    }

    #[test]
    fn a_service_that_was_ready_before_it_died_is_no_failed_start() {
        let ready = Some(11 * SECOND);
        assert!(!never_ready(&waiting(ready, 13 * SECOND)));
        assert!(!never_ready(&waiting(ready, 9_000 * SECOND)));
        assert!(never_ready(&waiting(None, 13 * SECOND)));
        // Of the run before.
        assert!(never_ready(&waiting(Some(5 * SECOND), 13 * SECOND)));
    }
}
