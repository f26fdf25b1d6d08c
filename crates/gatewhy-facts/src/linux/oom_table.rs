//! The table of processes in an out-of-memory report.
//!
//! `[  pid  ]   uid  tgid total_vm      rss … oom_score_adj name`, then a row a
//! process; columns were added over the kernel's versions, and the name, which may
//! hold anything, is the last.
use super::field;
use super::oom::{before, split_first};
use crate::prelude::*;

/// A process and what it held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// Its id, in the first pid namespace.
    pub pid: u32,
    /// Its name, at most 15 bytes, chosen by itself.
    pub comm: Vec<u8>,
    /// Its resident memory in pages.
    pub rss_pages: u64,
}

/// A table that is being read.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// Columns between the process id and the name, and which of them is `rss`.
    columns: Option<(usize, usize)>,
    /// The largest so far.
    pub(crate) largest: Option<Holder>,
}

impl Table {
    /// Takes one record; whether it belongs to the table.
    pub(crate) fn read(&mut self, text: &[u8]) -> bool {
        let Some((id, rest)) = text
            .strip_prefix(b"[")
            .and_then(|rest| split_first(rest, b"]"))
        else {
            return false;
        };
        let id = field::trim(id);
        if id == b"pid" {
            self.columns = columns(rest);
            return true;
        }
        let row = field::number(id).and_then(|pid| self.row(pid, rest));
        let Some(row) = row else { return false };
        let most = self.largest.as_ref().map_or(0, |most| most.rss_pages);
        if row.rss_pages > most {
            self.largest = Some(row);
        }
        true
    }

    fn row(&self, pid: u32, rest: &[u8]) -> Option<Holder> {
        let (count, rss) = self.columns?;
        let rss_pages = field::number(field::words(rest).nth(rss)?)?;
        let mut name = rest;
        for _ in 0..count {
            let at = field::trim(name);
            let end = at.iter().position(u8::is_ascii_whitespace)?;
            name = at.get(end..)?;
        }
        Some(Holder {
            pid,
            comm: field::trim(name).to_vec(),
            rss_pages,
        })
    }
}

fn columns(header: &[u8]) -> Option<(usize, usize)> {
    let header = before(header, b" name")?;
    let rss = field::words(header).position(|word| word == b"rss")?;
    Some((field::words(header).count(), rss))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn largest(rows: &[&str]) -> Option<Holder> {
        let mut table = Table::default();
        for row in rows {
            table.read(row.as_bytes());
        }
        table.largest
    }

    #[test]
    fn the_largest_is_found_in_tables_of_several_kernels() {
        // Linux 6.18, and 4.18 of RHEL 8.
        let new = largest(&[
            "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name",
            "[  27739]   997 27739   152315     9924     3614     6310         0   614400        0           900 node",
            "[  27811]     0 27811    60331    53310    51000     2310         0   466944        0             0 tmux: server",
        ]);
        let old = largest(&[
            "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
            "[   1234]    33  1234   152315     3612    614400        0           900 php-fpm8.2",
        ]);
        let told = |holder: Option<Holder>| holder.map(|h| (h.pid, h.comm, h.rss_pages));
        assert_eq!(told(new), Some((27811, b"tmux: server".to_vec(), 53310)));
        assert_eq!(told(old), Some((1234, b"php-fpm8.2".to_vec(), 3612)));
    }

    #[test]
    fn rows_without_a_header_tell_nothing() {
        let row = "[   1234]    33  1234   152315     3612    614400        0           900 x";
        assert_eq!(largest(&[row]), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(rows in proptest::collection::vec("\\[ {0,3}(pid|[0-9]{1,12}) {0,2}\\][ a-z0-9]{0,40}", 0..6)) {
            let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            let _ = largest(&rows);
        }
    }
}
