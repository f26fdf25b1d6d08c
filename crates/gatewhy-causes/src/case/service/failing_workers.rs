//! Workers that die before they serve, one after the other, while their master lives on
//! and holds the port: visitors are let in, and nobody answers them.
use crate::case::exchange::link::Link;
use crate::case::exchange::stall::Why;
use crate::case::service::backend::Software;
use crate::case::service::down::words_of;
use crate::case::service::units::journal_source;
use crate::evidence::Evidence;
use gatewhy_facts::app_log::{self, Kind, Output};
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::journal::Entry;
use gatewhy_facts::untrusted::shown_within;

/// How far back a worker's end counts.
const LATELY_SECS: i64 = 60;
/// So many of them are no accident.
const FEW: usize = 3;

/// Workers that did not start.
#[derive(Clone, Debug)]
pub struct Unborn {
    /// The service.
    pub unit: String,
    /// How many ended so in the last minute, as the journal's end tells.
    pub count: usize,
    /// The last of them, as it was logged, and the line behind it.
    pub said: Vec<Evidence>,
}

impl Link<'_, '_> {
    /// Whether the workers of the service that listens here die before they serve. Absent
    /// where it takes requests.
    pub fn unborn_workers(&self) -> Fact<Unborn> {
        let nothing = Source::new("the backend's log");
        let Fact::Found(stall, _) = self.stall() else {
            return Fact::Absent(nothing);
        };
        if stall.why != Why::NotAccepting {
            // Unseen workers count as busy ones.
            return match stall.gaps.first() {
                Some(gap) if self.software() == Software::Puma => Fact::Unknown(gap.clone()),
                _ => Fact::Absent(nothing),
            };
        }
        if self.software() != Software::Puma {
            // Its unit's command tells best what it is.
            return match self.live_service() {
                Fact::Unknown(gap) => Fact::Unknown(gap),
                Fact::Found(..) | Fact::Absent(_) => Fact::Absent(nothing),
            };
        }
        self.live_service().and_then(|service, source| {
            let unit = service.unit.id;
            if let Some(gap) = self.case.journal(&unit).gap() {
                return Fact::Unknown(gap.clone());
            }
            match self.died_at_birth(&unit) {
                Some(unborn) => Fact::Found(unborn, source),
                None => Fact::Absent(source),
            }
        })
    }

    fn died_at_birth(&self, unit: &str) -> Option<Unborn> {
        let since = self.case.clock()?.now.plus_secs(-LATELY_SECS);
        let words = self.case.own_words(unit);
        let recent: Vec<&Entry> = words.iter().filter(|entry| entry.at >= since).collect();
        let output = recent.iter().map(|entry| Output {
            text: words_of(entry),
            at: Some(entry.at),
            pid: entry.pid,
        });
        let events = app_log::read(output);
        let mut ends = events
            .iter()
            .filter(|event| event.exact && event.kind == Kind::BootFailed);
        let pids: BTreeSet<u32> = ends.clone().filter_map(|event| event.pid).collect();
        let last = usize::try_from(ends.next_back()?.line.checked_sub(1)?).ok()?;
        let pid = recent.get(last)?.pid;
        let of_it = recent.iter().skip(last).filter(|entry| entry.pid == pid);
        let said = of_it.take(2).map(|entry| {
            let text = format!("it wrote: {}", shown_within(words_of(entry), 160));
            Evidence::strong(text, &journal_source(unit, entry))
        });
        (pids.len() >= FEW).then(|| Unborn {
            unit: unit.to_owned(),
            count: pids.len(),
            said: said.collect(),
        })
    }
}
