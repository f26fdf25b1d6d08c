//! `systemctl list-units --all --plain --no-legend --full`: every unit in a line.
use super::show::{ActiveState, LoadState, SubState};
use crate::prelude::*;

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedUnit {
    /// Its name with its suffix.
    pub name: String,
    /// Whether its definition was read.
    pub load: LoadState,
    /// Up or down.
    pub active: ActiveState,
    /// The same more exactly.
    pub sub: SubState,
    /// The job that waits or runs for it: `start`, `stop` …
    pub job: Option<String>,
    /// Its title.
    pub description: String,
}

/// Marks that older versions put before a unit in trouble.
const BULLETS: [char; 5] = ['●', '×', '○', '↻', '*'];

/// Reads the list; lines that are no unit's are left out.
pub fn parse(bytes: &[u8]) -> Vec<ListedUnit> {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<_> = text.lines().filter_map(columns).collect();
    // The column of jobs is there only when some unit has one, and is empty for all
    // others: their titles begin further to the right.
    let titles_at = lines.iter().map(|line| line.title_at).max();
    let lines = lines.into_iter();
    lines
        .map(|line| unit(&line, titles_at.unwrap_or_default()))
        .collect()
}

struct Columns<'a> {
    first: [&'a str; 4],
    /// What follows them, and at which character of the line.
    rest: &'a str,
    title_at: usize,
}

fn columns(line: &str) -> Option<Columns<'_>> {
    let mut rest = line.trim_start().trim_start_matches(BULLETS).trim_start();
    let mut first = [""; 4];
    for column in &mut first {
        let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        *column = word;
        rest = behind.trim_start();
    }
    let [name, load, _, sub] = first;
    let is_unit = name.contains('.') && !load.is_empty() && !sub.is_empty();
    let before = line.len().saturating_sub(rest.len());
    let title_at = line.get(..before)?.chars().count();
    is_unit.then_some(Columns {
        first,
        rest,
        title_at,
    })
}

fn unit(line: &Columns<'_>, titles_at: usize) -> ListedUnit {
    let [name, load, active, sub] = line.first;
    let (job, title) = match line.rest.split_once(char::is_whitespace) {
        Some((job, title)) if line.title_at < titles_at => (Some(job), title.trim_start()),
        _ => (None, line.rest),
    };
    ListedUnit {
        name: name.to_owned(),
        load: LoadState::from_word(load),
        active: ActiveState::from_word(active),
        sub: SubState::from_word(sub),
        job: job.map(str::to_owned),
        description: title.trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &[u8] = include_bytes!("../../tests/data/systemd/list-units.txt");
    const WITH_JOBS: &[u8] = include_bytes!("../../tests/data/systemd/list-units-jobs.txt");

    fn named<'a>(list: &'a [ListedUnit], name: &str) -> &'a ListedUnit {
        list.iter().find(|unit| unit.name == name).unwrap()
    }

    #[test]
    fn every_line_of_a_real_list() {
        let list = parse(RECORDED);
        assert_eq!(list.len(), RECORDED.split(|b| *b == b'\n').count() - 1);
        assert!(list.iter().all(|unit| unit.job.is_none()));
        let waiting = named(&list, "waiting.service");
        assert_eq!(waiting.sub, SubState::AutoRestart);
        let ok = named(&list, "ok.service");
        assert_eq!(ok.description, "Shop \"front\" with 100% täst");
        assert_eq!(named(&list, "syslog.service").load, LoadState::NotFound);
    }

    #[test]
    fn jobs_are_no_part_of_the_title() {
        let list = parse(WITH_JOBS);
        let slow = named(&list, "slow.service");
        assert_eq!(slow.job.as_deref(), Some("start"));
        assert_eq!(slow.description, "start of something slow");
        let bus = named(&list, "dbus.service");
        assert_eq!(
            (bus.job.as_deref(), bus.description.as_str()),
            (None, "D-Bus System Message Bus")
        );
    }

    #[test]
    fn bullets_are_skipped() {
        let list = parse(
            "● a.service loaded failed failed A\n  b.service loaded active running B b\n"
                .as_bytes(),
        );
        assert_eq!(list.len(), 2);
        assert_eq!(list[0].active, ActiveState::Failed);
        assert_eq!(list[1].description, "B b");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text: String) {
            let _ = parse(text.as_bytes());
        }

        #[test]
        fn never_panics_on_words(text in "([a-z●×. \n]{0,12}){0,20}") {
            let _ = parse(text.as_bytes());
        }
    }
}
