//! What backends, their supervisors and the kernel told of themselves: the reasons
//! that a gateway's log does not know.
use crate::hour::Stamp;
use crate::tally::Place;
use gatewhy_facts::log_line::{Record, Role};
use gatewhy_facts::symptom::Symptom;
use std::collections::BTreeMap;

/// Most events that are kept: the first of each kind and minute.
const MOST: usize = 8_192;
/// Longest text of one that is kept.
const LONGEST: usize = 512;

/// Something that happened behind the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Stamp,
    /// What.
    pub symptom: Symptom,
    /// Where the line stands.
    pub place: Place,
    /// The line, at most its first 512 bytes.
    pub line: Box<[u8]>,
}

/// The first event of each kind and minute.
#[derive(Clone, Debug, Default)]
pub struct Events {
    all: BTreeMap<(i64, Symptom), Event>,
    /// Events that were too many to be kept.
    pub left_out: u64,
}

impl Events {
    /// Keeps what a line tells, if it is about the other side of the gateway.
    pub(crate) fn offer(&mut self, at: Stamp, record: &Record<'_>, place: Place, line: &[u8]) {
        let role = record.server.role();
        let is_behind = matches!(role, Role::Backend | Role::Supervisor | Role::Kernel);
        let (Some(symptom), true) = (record.symptom, is_behind && at != Stamp::default()) else {
            return;
        };
        self.add(Event {
            at,
            symptom,
            place,
            line: line.get(..LONGEST).unwrap_or(line).into(),
        });
    }

    fn add(&mut self, event: Event) {
        let key = (event.at.seconds_from_epoch() / 60, event.symptom);
        if let Some(known) = self.all.get_mut(&key) {
            // The same one, whichever thread comes first.
            if (event.at, event.place) < (known.at, known.place) {
                *known = event;
            }
        } else if self.all.len() < MOST {
            self.all.insert(key, event);
        } else {
            self.left_out += 1;
        }
    }

    /// Adds what another thread kept.
    pub(crate) fn merge(&mut self, other: Self) {
        self.left_out += other.left_out;
        for event in other.all.into_values() {
            self.add(event);
        }
    }

    /// The events, the earliest first.
    pub fn all(&self) -> impl Iterator<Item = &Event> {
        self.all.values()
    }
}
