//! Units that exclude each other (`Conflicts=`): to start the one is to stop the other.
use crate::case::Case;
use crate::case::service::down::{Down, How};
use crate::case::service::units::unit_source;
use crate::evidence::Evidence;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::time::Moment;

/// A stop and a start so many microseconds apart are one transaction of systemd.
const SAME_EVENT_US: i64 = 5_000_000;
/// The most units that are looked at.
const MOST: usize = 8;

/// A unit that runs and excludes another.
#[derive(Clone, Debug)]
pub struct Rival {
    /// The unit.
    pub unit: Unit,
    /// Whether it was started when the other was stopped.
    pub took_its_place: bool,
    /// The line that says so, or the unit that does.
    pub said: Evidence,
}

impl Case<'_> {
    /// The running unit that excludes one that was stopped.
    pub fn rival_of(&self, down: &Down) -> Option<Rival> {
        if down.how != How::Stopped {
            return None;
        }
        let unit = &down.service.unit;
        let told = ["ConflictedBy", "Conflicts"].into_iter();
        let told = told
            .filter_map(|key| unit.told(key))
            .flat_map(str::split_whitespace);
        // Every service conflicts with shutdown.target.
        let names: Vec<String> = told
            .filter(|name| name.ends_with(".service") && *name != unit.id)
            .map(ToOwned::to_owned)
            .take(MOST)
            .collect();
        if names.is_empty() {
            return None;
        }
        let units = self.units(&names);
        let other = units.found()?.iter().find(|other| other.is_active())?;
        let started = self.at(other.times.inactive_exit);
        let together = |at| started.is_some_and(|started| at_most_apart(started, at));
        Some(Rival {
            unit: other.clone(),
            took_its_place: down.at.is_some_and(together),
            said: self.says_so(unit, other),
        })
    }

    fn says_so(&self, unit: &Unit, other: &Unit) -> Evidence {
        let text = format!("{} is active, and excludes {}", other.id, unit.id);
        let set = |by: &Unit| self.set_in_unit(by, "Conflicts");
        match set(other).or_else(|| set(unit)) {
            Some((source, line)) => Evidence::strong(format!("{text}: {line}"), &source),
            None => Evidence::strong(text, &unit_source(&other.id)),
        }
    }
}

fn at_most_apart(one: Moment, other: Moment) -> bool {
    one.since(other).abs() <= SAME_EVENT_US
}
