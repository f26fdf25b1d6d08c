//! The answer to `show stat` on the stats socket: a table of comma-separated values,
//! its first line the names of the columns behind `# `.
use crate::prelude::*;

/// One row: a frontend, a backend or a server of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Values by column: `pxname`, `svname`, `status`, `check_status`, `last_chk`, `scur` …
    pub values: BTreeMap<String, String>,
}

impl Row {
    /// A value; empty when there is none.
    pub fn value(&self, column: &str) -> &str {
        self.values.get(column).map_or("", String::as_str)
    }

    /// A number.
    pub fn number(&self, column: &str) -> Option<u64> {
        self.value(column).parse().ok()
    }

    /// Whether the server was taken out by hand: maintenance or drain.
    pub fn is_by_hand(&self) -> bool {
        let status = self.value("status");
        (status.starts_with("MAINT") && !status.contains("via") && !status.contains("resolution"))
            || status.starts_with("DRAIN")
    }

    /// The server that it tracks and that was taken out by hand: `MAINT (via web/s1)`.
    pub fn off_with(&self) -> Option<&str> {
        let via = self.value("status").strip_prefix("MAINT (via ")?;
        via.strip_suffix(')')
    }

    /// Whether the health check took it out.
    pub fn is_down(&self) -> bool {
        self.value("status").starts_with("DOWN")
    }
}

/// The rows.
pub fn parse(text: &[u8]) -> Vec<Row> {
    let text = String::from_utf8_lossy(text).into_owned();
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let Some(head) = lines.next().and_then(|line| line.strip_prefix("# ")) else {
        return Vec::new();
    };
    let names: Vec<&str> = head.split(',').collect();
    lines
        .map(|line| {
            let pairs = names.iter().zip(cells(line));
            let values = pairs.map(|(name, value)| ((*name).to_owned(), value));
            Row {
                values: values.collect(),
            }
        })
        .collect()
}

/// Values with commas in them stand in quotes.
fn cells(line: &str) -> Vec<String> {
    let (mut all, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(core::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    all.push(cell);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_are_read_by_column() {
        let text =
            b"# pxname,svname,status,last_chk,\napp,a,DOWN,\"HTTP status, 404\",\napp,b,MAINT,,\n";
        let rows = parse(text);
        assert_eq!(rows[0].value("last_chk"), "HTTP status, 404");
        assert!(rows[0].is_down() && rows[1].is_by_hand());
        let tracking = parse(b"# pxname,svname,status,\napi,s1,MAINT (via web/s1),\n");
        assert_eq!(tracking[0].off_with(), Some("web/s1"));
        assert!(!tracking[0].is_by_hand());
        assert!(parse(b"Permission denied").is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&text);
        }
    }
}
