//! Services and their journals.
use crate::case::Case;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::cgroup;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Command, Question};
use gatewhy_facts::systemd::journal::{self, Entry, Journal};
use gatewhy_facts::systemd::show::{self, Unit};
use gatewhy_facts::time::Moment;

/// How many of a unit's newest journal entries are read.
const ENTRIES: u32 = 120;

const ALLOW_SYSTEMD: &str = "run as root where systemd is the service manager";
const ALLOW_JOURNAL: &str = "run as root, or as a member of the group systemd-journal";

impl Case<'_> {
    /// One unit's state; absent when there is no such unit.
    pub fn unit(&self, name: &str) -> Fact<Unit> {
        self.units(&[name.to_owned()])
            .and_then(|units, source| match units.last() {
                Some(unit) if unit.exists() => Fact::Found(unit.clone(), source),
                Some(_) | None => Fact::Absent(source),
            })
    }

    /// The states of several units, read at once, in the given order.
    pub fn units(&self, names: &[String]) -> Fact<Rc<Vec<Unit>>> {
        let cell = &self.cells.units;
        if let Some(known) = cell.borrow().get(names) {
            return known.clone();
        }
        let units = self.read_units(names);
        cell.borrow_mut().insert(names.to_vec(), units.clone());
        units
    }

    fn read_units(&self, names: &[String]) -> Fact<Rc<Vec<Unit>>> {
        let question = Question::Run(Command::SystemctlShow {
            units: names.to_vec(),
        });
        let place = format!("systemctl show {}", names.join(" "));
        let units = self
            .known
            .read(&question, &place, ALLOW_SYSTEMD, show::parse);
        if !self.known.is_cut(&question) {
            return units;
        }
        // Who is missing in an answer that was cut is not known to be absent.
        units.and_then(|units, source| {
            let told = |name: &&String| {
                units
                    .iter()
                    .any(|unit| unit.id == **name || unit.names.contains(name))
            };
            match names.iter().find(|name| !told(name)) {
                Some(name) => Fact::Unknown(Gap::new(
                    format!("systemctl show {name}"),
                    "the answer was cut short",
                    "",
                )),
                None => Fact::Found(units, source),
            }
        })
    }

    /// The service that a process belongs to.
    pub fn unit_of(&self, pid: u32) -> Fact<String> {
        self.process(pid).and_then(|process, source| {
            let path = process
                .cgroups
                .as_ref()
                .ok()
                .and_then(|groups| cgroup::unit_path(groups))
                .map(ToOwned::to_owned);
            match path.as_deref().and_then(cgroup::unit) {
                Some(unit) if unit.ends_with(".service") => Fact::Found(unit.to_owned(), source),
                _ => Fact::Absent(source),
            }
        })
    }

    /// The newest entries of a unit's journal, oldest first.
    pub fn journal(&self, unit: &str) -> Fact<Rc<Journal>> {
        self.journal_in(unit, 0)
    }

    /// The same after the probes: what the service wrote about our own requests.
    pub fn journal_again(&self, unit: &str) -> Fact<Rc<Journal>> {
        self.journal_in(unit, 1)
    }

    /// The same in a given round.
    pub fn journal_in(&self, unit: &str, round: u8) -> Fact<Rc<Journal>> {
        let (cell, key) = (&self.cells.journals, (unit.to_owned(), round));
        if let Some(known) = cell.borrow().get(&key) {
            return known.clone();
        }
        let question = Question::Run(Command::Journal {
            unit: unit.to_owned(),
            lines: ENTRIES,
            round,
        });
        let place = journal_place(unit);
        let journal = self
            .known
            .read(&question, &place, ALLOW_JOURNAL, journal::parse);
        cell.borrow_mut().insert(key, journal.clone());
        journal
    }

    /// What the service itself wrote in its last run, oldest first.
    pub fn own_words(&self, unit: &str) -> Vec<Entry> {
        let journal = self.journal(unit);
        let Some(journal) = journal.found() else {
            return Vec::new();
        };
        said(journal.last_run())
    }

    /// What a service that is restarted again and again wrote before it died: in its
    /// last run, or in the one before while that one has not got so far.
    pub fn words_of_loop(&self, unit: &str) -> Vec<Entry> {
        let words = self.own_words(unit);
        let journal = self.journal(unit);
        match journal.found().filter(|_| words.is_empty()) {
            Some(journal) => said(journal.run_before_last()),
            None => words,
        }
    }

    /// The moment of a monotonic stamp of systemd; none when it never happened.
    pub fn at(&self, stamp: Option<u64>) -> Option<Moment> {
        Some(self.clock()?.at_monotonic(stamp?))
    }
}

fn said(run: &[Entry]) -> Vec<Entry> {
    let by_itself = |entry: &&Entry| !entry.is_by_systemd() && entry.message.is_some();
    run.iter().filter(by_itself).cloned().collect()
}

/// A unit's journal as a source.
pub fn journal_place(unit: &str) -> String {
    format!("journalctl -u {unit}")
}

/// A journal entry as a source.
pub fn journal_source(unit: &str, entry: &Entry) -> Source {
    Source::new(journal_place(unit)).at_time(entry.at)
}

/// A unit's state as a source.
pub fn unit_source(unit: &str) -> Source {
    Source::new(format!("systemctl show {unit}"))
}

/// `active`, `failed`, … as systemd prints it.
pub fn state_word(unit: &Unit) -> &str {
    unit.active_state
        .as_ref()
        .map_or("unknown", |state| state.word())
}

/// `running`, `dead`, … as systemd prints it.
fn sub_state_word(unit: &Unit) -> &str {
    unit.sub_state
        .as_ref()
        .map_or("unknown", |state| state.word())
}

/// Both words where they differ, as systemctl shows them: `inactive (dead)`, `failed`.
pub fn state_phrase(unit: &Unit) -> String {
    match (state_word(unit), sub_state_word(unit)) {
        (state, sub) if state == sub => state.to_owned(),
        (state, sub) => format!("{state} ({sub})"),
    }
}

/// Whether it starts at boot.
pub fn is_enabled(unit: &Unit) -> bool {
    unit.unit_file_state
        .as_deref()
        .is_some_and(|state| state != "disabled")
}
