//! Counts by keys of which there may be any number, in memory that does not grow.
use std::collections::HashMap;

/// Most keys that are kept.
const MOST: usize = 10_000;

/// The counts (Misra and Gries, 1982): a key's count is exact as long as there are
/// at most 10,000 keys, and else too low by at most [`Groups::too_low`].
#[derive(Debug, Default)]
pub(super) struct Groups {
    counts: HashMap<Vec<String>, u64>,
    /// By how much a count may be too low.
    pub(super) too_low: u64,
}

impl Groups {
    /// Counts one.
    pub(super) fn add(&mut self, key: Vec<String>) {
        if self.counts.len() >= MOST && !self.counts.contains_key(&key) {
            self.too_low += 1;
            self.counts.retain(|_, count| {
                *count -= 1;
                *count > 0
            });
            return;
        }
        *self.counts.entry(key).or_default() += 1;
    }

    /// Adds a count of a key that is one of few.
    pub(super) fn add_many(&mut self, key: Vec<String>, count: u64) {
        *self.counts.entry(key).or_default() += count;
    }

    /// The keys in their order, with their counts.
    pub(super) fn rows(self) -> Vec<(Vec<String>, u64)> {
        let mut rows: Vec<(Vec<String>, u64)> = self.counts.into_iter().collect();
        rows.sort();
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frequent_key_survives_a_flood_and_is_never_counted_too_often() {
        let mut groups = Groups::default();
        for n in 0..60_000_u32 {
            groups.add(vec![n.to_string()]);
            groups.add(vec!["often".to_owned()]);
        }
        let too_low = groups.too_low;
        assert!(too_low > 0);
        let rows = groups.rows();
        assert!(rows.len() <= MOST);
        let often = rows.iter().find(|(key, _)| key == &["often"]).map(|r| r.1);
        assert!(often.is_some_and(|n| n <= 60_000 && n + too_low >= 60_000));
    }
}
