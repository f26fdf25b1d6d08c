//! TOML, by the tables of its parser.
use super::{DEPTH, Node, Read, Value, unreadable};
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Span};
use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use core::ops::Range;

/// Reads a text.
pub fn read(text: &str, file: &HostPath) -> Read {
    let reader = Reader { text, file };
    match DeTable::parse(text) {
        Ok(table) => {
            let span = table.span();
            Ok(reader.node(Value::Map(reader.members(table.get_ref(), DEPTH)), &span))
        }
        Err(why) => {
            let start = why.span().map_or(0, |span| span.start);
            let text = format!("no TOML: {}", why.message());
            Err(unreadable(file, reader.line(start), &text))
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    file: &'t HostPath,
}

impl Reader<'_> {
    fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        memchr::memchr_iter(b'\n', before).count().saturating_add(1)
    }

    fn node(&self, value: Value, span: &Range<usize>) -> Node {
        let end = span.end.min(self.text.len());
        let place = Place {
            file: self.file.clone(),
            span: Span {
                start: span.start.min(end),
                end,
                line: u32::try_from(self.line(span.start)).unwrap_or(u32::MAX),
            },
        };
        Node {
            value,
            place: Some(place),
        }
    }

    fn members(&self, table: &DeTable<'_>, depth: usize) -> Vec<(String, Node)> {
        let mut members: Vec<(usize, String, Node)> = table
            .iter()
            .map(|(name, value)| {
                let node = self.value(value, depth);
                (name.span().start, name.get_ref().to_string(), node)
            })
            .collect();
        // The parser sorts them by name.
        members.sort_by_key(|(at, ..)| *at);
        members
            .into_iter()
            .map(|(_, name, node)| (name, node))
            .collect()
    }

    fn value(&self, value: &Spanned<DeValue<'_>>, depth: usize) -> Node {
        let below = depth.saturating_sub(1);
        let text = |text: &dyn core::fmt::Display| Value::Text(text.to_string());
        let read = match value.get_ref() {
            _ if depth == 0 => Value::Null,
            DeValue::String(string) => text(string),
            DeValue::Integer(number) => text(&number.as_str()),
            DeValue::Float(number) => text(&number.as_str()),
            DeValue::Boolean(switch) => text(switch),
            DeValue::Datetime(time) => text(time),
            DeValue::Array(items) => {
                let items = items.iter().map(|item| self.value(item, below));
                Value::List(items.collect())
            }
            DeValue::Table(table) => Value::Map(self.members(table, below)),
        };
        self.node(read, &value.span())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tables_and_their_lists() {
        let text = "[http.services.a.loadBalancer]\npassHostHeader = false\n\
                    [[http.services.a.loadBalancer.servers]]\nurl = \"http://127.0.0.1:1\"\nweight = 2\n";
        let whole = read(text, &HostPath::new("/x.toml")).unwrap();
        let balancer = whole.at(&["http", "services", "a", "loadbalancer"]);
        assert_eq!(balancer.get("passHostHeader").text(), Some("false"));
        let server = &balancer.get("servers").items()[0];
        assert_eq!(server.get("url").text(), Some("http://127.0.0.1:1"));
        assert_eq!(server.get("url").place().span.line, 4);
        assert_eq!(server.get("weight").number::<u8>(), Some(2));
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        let gap = read("a = 1\nb = [\n", &HostPath::new("/x.toml")).unwrap_err();
        assert!(gap.what.starts_with("/x.toml:"), "{gap:?}");
    }

    proptest! {
        #[test]
        fn never_panics(text in "[-\\[\\]{}=\"'#\n., a-c0-9]{0,120}") {
            let _ = read(&text, &HostPath::new("/x"));
        }
    }
}
