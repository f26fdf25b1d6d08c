//! `systemctl list-units --all --plain --no-legend --full`: every unit that
//! systemd holds. One that is stopped and that nothing refers to is not held.
use super::show::{ActiveState, LoadState, SubState};
use crate::linux::field;
use crate::prelude::*;

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedUnit {
    /// Its name with its suffix.
    pub id: String,
    /// Whether its definition was read.
    pub load_state: LoadState,
    /// Up or down.
    pub active_state: ActiveState,
    /// The same more exactly.
    pub sub_state: SubState,
    /// Its title.
    pub description: String,
}

/// Reads the list; lines that are no units are left out.
pub fn parse(bytes: &[u8]) -> Vec<ListedUnit> {
    field::lines(bytes).filter_map(line).collect()
}

fn line(line: &[u8]) -> Option<ListedUnit> {
    let text = field::text(line);
    // Some versions mark failed units in front even when asked to be plain.
    let text = text.trim_start_matches(['●', '*', '○', '×', ' ']);
    let mut words = text.split_ascii_whitespace();
    let id = words.next().filter(|id| id.contains('.'))?.to_owned();
    let (load, active, sub) = (words.next()?, words.next()?, words.next()?);
    Some(ListedUnit {
        id,
        load_state: LoadState::from_word(load),
        active_state: ActiveState::from_word(active),
        sub_state: SubState::from_word(sub),
        description: words.collect::<Vec<_>>().join(" "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &[u8] = include_bytes!("recorded/list_units_252.txt");

    #[test]
    fn a_recorded_list_of_systemd_252() {
        let all = parse(RECORDED);
        assert_eq!(all.len(), 65);
        let unit = |id: &str| all.iter().find(|unit| unit.id == id).unwrap();
        let failed = unit("broken.service");
        assert_eq!(failed.active_state, ActiveState::Failed);
        assert_eq!(failed.sub_state, SubState::Failed);
        let journal = unit("systemd-journald.socket");
        assert_eq!(journal.active_state, ActiveState::Active);
        assert_eq!(journal.description, "Journal Socket");
        assert!(
            all.iter()
                .any(|unit| unit.load_state == LoadState::NotFound)
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }
    }
}
