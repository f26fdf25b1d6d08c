//! A unit's life in a span of time, as the service manager told it: when it was down,
//! why, and when it came back.
use super::logs::Span;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::exit::Exit;
use gatewhy_facts::systemd::journal::{Entry, Journal, UnitEvent};
use gatewhy_facts::systemd::show::ServiceResult;
use gatewhy_facts::time::Moment;

/// A unit that goes down again so soon after it came up never was up.
const SAME_TROUBLE_SECS: i64 = 15;
/// The manager's word about memory comes so long before or after the exit.
const SAME_EXIT_SECS: i64 = 5;

/// How a unit went down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A process of it was killed for want of memory.
    Oom,
    /// Its main process ended like this, and nobody had asked for it.
    Exited(Exit),
    /// Somebody asked for its end.
    Requested,
    /// It stopped telling the watchdog that it is alive.
    Watchdog,
    /// It could not be started.
    StartFailed,
    /// It ended by itself, and well.
    Ended,
}

/// A time during which a unit was down, or could not stay up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Down {
    /// The first sign.
    pub from: Moment,
    /// When it came up for good; none when it did not within the span.
    pub up: Option<Moment>,
    /// How it went down first.
    pub how: How,
    /// How often it ended in this time.
    pub ends: usize,
    /// Whether it had to be killed as it did not stop in time.
    pub forced: bool,
    /// Whether it stayed up after it was started by hand: a stop and a start.
    pub asked: bool,
    /// The manager's lines about it.
    pub lines: Vec<(Moment, String)>,
}

/// A unit's life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// The times during which it was down, oldest first.
    pub downs: Vec<Down>,
    /// Workers killed for want of memory while the unit lived on.
    pub oom_workers: Vec<(Moment, String)>,
    /// Reloads.
    pub reloads: Vec<(Moment, String)>,
    /// Why it could not be started, where the manager says it.
    pub refusals: Vec<(Moment, String)>,
}

/// Reads the manager's entries about one unit.
pub(super) fn read(journal: &Journal, unit: &str) -> Life {
    let mut reader = Reader::default();
    for (entry, event) in journal.events() {
        if entry.unit.as_deref().is_none_or(|of| of == unit) {
            reader.take(entry, &event);
        }
    }
    reader.finish()
}

impl Life {
    /// Whether the unit was down, or lost a worker, in a span of time. Logs of others
    /// tell whole seconds.
    pub fn is_troubled(&self, span: Span) -> bool {
        let (from, until) = (span.from.secs(), span.until.secs());
        let down = self.downs.iter().any(|down| {
            let over = down.up.is_some_and(|up| up.secs() <= from);
            !over && down.from.secs() <= until.saturating_add(1)
        });
        let near = |at: &Moment| {
            (from.saturating_sub(SAME_EXIT_SECS)..=until.saturating_add(SAME_EXIT_SECS))
                .contains(&at.secs())
        };
        down || self.oom_workers.iter().any(|(at, _)| near(at))
    }
}

#[derive(Default)]
struct Reader {
    life: Life,
    open: Option<Down>,
    /// The manager's last word about memory that no exit has followed yet.
    oom: Option<(Moment, String)>,
}

impl Reader {
    fn take(&mut self, entry: &Entry, event: &UnitEvent) {
        let at = entry.at;
        let line = (at, entry.text().into_owned());
        match event {
            UnitEvent::OomKilledProcess | UnitEvent::OomdKilled => self.out_of_memory(line),
            UnitEvent::Stopping => self.begin(line, How::Requested, false),
            UnitEvent::MainExited(exit) if exit.is_success() => self.begin(line, How::Ended, true),
            UnitEvent::MainExited(exit) => self.begin(line, How::Exited(*exit), true),
            UnitEvent::Watchdog { .. } => self.begin(line, How::Watchdog, false),
            UnitEvent::FailedWith(result) => self.failed(line, result),
            UnitEvent::Deactivated => self.begin(line, How::Ended, false),
            UnitEvent::Stopped => self.note(line),
            UnitEvent::StartFailed
            | UnitEvent::ControlExited { .. }
            | UnitEvent::StepFailed { .. }
            | UnitEvent::CannotLocate { .. }
            | UnitEvent::CannotPrepare { .. }
            | UnitEvent::StartTimeout { .. }
            | UnitEvent::DependencyFailed => {
                self.life.refusals.push(line.clone());
                self.begin(line, How::StartFailed, false);
            }
            UnitEvent::StopTimeout { .. } | UnitEvent::ProcessKilled { .. } => {
                self.note(line);
                if let Some(open) = &mut self.open {
                    open.forced = true;
                }
            }
            UnitEvent::Started => self.up(line),
            UnitEvent::Reloaded | UnitEvent::Reloading | UnitEvent::ReloadFailed => {
                self.life.reloads.push(line);
            }
            _ => self.note(line),
        }
    }

    fn out_of_memory(&mut self, line: (Moment, String)) {
        if let Some(open) = &mut self.open {
            if !matches!(open.how, How::Requested) {
                open.how = How::Oom;
            }
            open.lines.push(line);
            return;
        }
        self.life.oom_workers.extend(self.oom.replace(line));
    }

    fn begin(&mut self, line: (Moment, String), how: How, ends: bool) {
        if let Some(open) = &mut self.open {
            open.lines.push(line);
            open.ends += usize::from(ends);
            // That it could not be started says more than that it ended well.
            if open.how == How::Ended && how != How::Requested {
                open.how = how;
            }
            return;
        }
        let mut down = Down {
            from: line.0,
            up: None,
            how,
            ends: usize::from(ends),
            forced: false,
            asked: matches!(how, How::Requested),
            lines: Vec::new(),
        };
        if let Some(oom) = self.oom.take() {
            if line.0.since(oom.0) <= SAME_EXIT_SECS * 1_000_000 {
                down.how = How::Oom;
                down.from = oom.0;
                down.lines.push(oom);
            } else {
                self.life.oom_workers.push(oom);
            }
        }
        down.lines.push(line);
        self.open = Some(down);
    }

    fn failed(&mut self, line: (Moment, String), result: &ServiceResult) {
        let how = match result {
            ServiceResult::OomKill => How::Oom,
            ServiceResult::Watchdog => How::Watchdog,
            _ => How::StartFailed,
        };
        let known = self.open.is_some();
        self.begin(line, how, false);
        let open = self
            .open
            .as_mut()
            .filter(|_| known && how != How::StartFailed);
        if let Some(open) = open.filter(|open| open.how != How::Requested) {
            open.how = how;
        }
    }

    fn note(&mut self, line: (Moment, String)) {
        if let Some(open) = &mut self.open {
            open.lines.push(line);
        }
    }

    fn up(&mut self, line: (Moment, String)) {
        let Some(mut down) = self.open.take() else {
            return;
        };
        down.up = Some(line.0);
        down.lines.push(line);
        match self.life.downs.last_mut() {
            Some(last) if last.is_same_trouble(&down) => last.go_on(down),
            _ => self.life.downs.push(down),
        }
    }

    fn finish(mut self) -> Life {
        if let Some(down) = self.open.take() {
            match self.life.downs.last_mut() {
                Some(last) if last.is_same_trouble(&down) => last.go_on(down),
                _ => self.life.downs.push(down),
            }
        }
        self.life.oom_workers.extend(self.oom.take());
        self.life
    }
}

impl Down {
    fn is_same_trouble(&self, next: &Self) -> bool {
        let soon = self
            .up
            .is_none_or(|up| next.from.since(up) <= SAME_TROUBLE_SECS * 1_000_000);
        soon && !self.asked && !next.asked
    }

    fn go_on(&mut self, next: Self) {
        self.up = next.up;
        self.ends += next.ends;
        self.forced |= next.forced;
        self.lines.extend(next.lines);
    }

    /// For how many seconds it was down; none when it did not come back.
    pub fn secs(&self) -> Option<i64> {
        Some(self.up?.since(self.from).div_euclid(1_000_000))
    }

    /// Whether failures between two moments may be its doing: they begin when it goes
    /// down, and it needs a while to listen again when it is up.
    pub fn covers(&self, span: Span, warm_up_secs: i64) -> bool {
        let until = self
            .up
            .map_or(Moment(i64::MAX), |up| up.plus_secs(warm_up_secs));
        self.from.plus_secs(-2) <= span.from && span.from <= until
    }

    /// Whether it ends what had begun before: failures that a restart made an end of.
    pub fn ends_trouble(&self, span: Span) -> bool {
        let around = self.from >= span.from.plus_secs(2) && self.from <= span.until.plus_secs(60);
        around && self.up.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The life that systemd's messages tell, each with its second.
    fn life(lines: &[(i64, &str)]) -> Life {
        let mut journal = Journal::default();
        for (secs, text) in lines {
            journal.entries.push(Entry {
                at: Moment::from_secs(*secs),
                pid: Some(1),
                comm: Some("systemd".into()),
                transport: Some("journal".into()),
                unit: Some("shop.service".into()),
                message: Some(text.as_bytes().to_vec()),
                ..Entry::default()
            });
        }
        read(&journal, "shop.service")
    }

    #[test]
    fn a_kill_for_memory_is_told_from_a_crash_and_from_a_stop() {
        let killed = life(&[
            (
                4,
                "shop.service: A process of this unit has been killed by the OOM killer.",
            ),
            (
                4,
                "shop.service: Main process exited, code=killed, status=9/KILL",
            ),
            (4, "shop.service: Failed with result 'oom-kill'."),
            (
                30,
                "shop.service: Scheduled restart job, restart counter is at 1.",
            ),
            (31, "Started shop.service - Shop."),
        ]);
        let down = killed.downs.first().unwrap();
        assert_eq!((down.how, down.secs(), down.ends), (How::Oom, Some(27), 1));
        let crashed = life(&[
            (
                4,
                "shop.service: Main process exited, code=exited, status=1/FAILURE",
            ),
            (4, "shop.service: Failed with result 'exit-code'."),
            (5, "Started shop.service - Shop."),
            (
                6,
                "shop.service: Main process exited, code=exited, status=1/FAILURE",
            ),
            (7, "Started shop.service - Shop."),
        ]);
        let down = crashed.downs.first().unwrap();
        assert_eq!((down.how, down.ends), (How::Exited(Exit::Code(1)), 2));
        let restarted = life(&[
            (4, "Stopping shop.service - Shop..."),
            (94, "shop.service: State 'stop-sigterm' timed out. Killing."),
            (
                94,
                "shop.service: Main process exited, code=killed, status=9/KILL",
            ),
            (94, "shop.service: Failed with result 'timeout'."),
            (94, "Stopped shop.service - Shop."),
            (95, "Started shop.service - Shop."),
        ]);
        let down = restarted.downs.first().unwrap();
        assert_eq!(
            (down.how, down.forced, down.secs()),
            (How::Requested, true, Some(91))
        );
    }

    #[test]
    fn a_worker_killed_while_the_unit_lives_on_is_no_time_down() {
        let lived = life(&[(
            4,
            "php8.2-fpm.service: A process of this unit has been killed by the OOM killer.",
        )]);
        assert!(lived.downs.is_empty());
        assert_eq!(lived.oom_workers.len(), 1);
    }
}
