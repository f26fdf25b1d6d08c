//! YAML, by the events of its parser.
use super::{DEPTH, NODES, Node, Read, Value, unreadable};
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Span};
use saphyr_parser::{Event, Parser, ScalarStyle, Span as Mark};

/// Reads the first document of a text. Secrets were taken out of it before.
pub fn read(text: &str, file: &HostPath) -> Read {
    let whole = parsed(text, text, file);
    match without_masks(text).filter(|_| whole.is_err()) {
        Some(readable) => parsed(&readable, text, file).or(whole),
        None => whole,
    }
}

/// Parses `readable`, which is as long as the text as it is `written`.
fn parsed(readable: &str, written: &str, file: &HostPath) -> Read {
    let mut reader = Reader {
        file,
        starts: line_starts(written),
        text: written,
        open: Vec::new(),
        anchors: BTreeMap::new(),
        left: NODES,
        whole: None,
    };
    for event in Parser::new_from_str(readable) {
        let (event, mark) = event
            .map_err(|why| unreadable(file, why.marker().line(), &format!("no YAML: {why}")))?;
        let line = mark.start.line();
        if matches!(event, Event::DocumentEnd) {
            break;
        }
        reader
            .take(event, mark)
            .map_err(|why| unreadable(file, line, why))?;
    }
    Ok(reader.whole.unwrap_or_default())
}

/// A list or map that is not closed yet.
struct Open {
    node: Node,
    /// The name of the member that comes next.
    name: Option<String>,
    anchor: usize,
}

struct Reader<'t> {
    file: &'t HostPath,
    text: &'t str,
    starts: Vec<usize>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    left: usize,
    whole: Option<Node>,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>, mark: Mark) -> Result<(), &'static str> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                let value = match text.as_ref() {
                    "" | "~" | "null" | "Null" | "NULL" if plain => Value::Null,
                    text if plain => Value::Text(self.mask(mark).unwrap_or(text).to_owned()),
                    text => Value::Text(text.to_owned()),
                };
                self.scalar(value, mark, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(Value::List(Vec::new()), mark, anchor),
            Event::MappingStart(anchor, _) => self.begin(Value::Map(Vec::new()), mark, anchor),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.put(open.node, open.anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let meant = self.anchors.get(&anchor).cloned();
                self.put(
                    meant.ok_or("an alias of something that is not yet closed")?,
                    0,
                )
            }
            _ => Ok(()),
        }
    }

    /// What stands in place of a secret there.
    fn mask(&self, mark: Mark) -> Option<&str> {
        let span = self.place(mark).span;
        let written = self.text.get(span.start..span.end)?;
        written.starts_with('*').then_some(written)
    }

    fn begin(&mut self, value: Value, mark: Mark, anchor: usize) -> Result<(), &'static str> {
        if self.open.len() >= DEPTH {
            return Err("nested too deeply");
        }
        let place = Some(self.place(mark));
        self.open.push(Open {
            node: Node { value, place },
            name: None,
            anchor,
        });
        Ok(())
    }

    /// A scalar is a member's name where a map waits for one.
    fn scalar(&mut self, value: Value, mark: Mark, anchor: usize) -> Result<(), &'static str> {
        if let Some(open) = self.open.last_mut()
            && matches!(open.node.value, Value::Map(_))
            && open.name.is_none()
        {
            let Value::Text(text) = value else {
                return Err("a member without a name");
            };
            open.name = Some(text);
            return Ok(());
        }
        let place = Some(self.place(mark));
        self.put(Node { value, place }, anchor)
    }

    fn put(&mut self, node: Node, anchor: usize) -> Result<(), &'static str> {
        // An alias may stand for much, and be used often.
        self.left = self
            .left
            .checked_sub(size(&node, self.left))
            .ok_or("too many values")?;
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.whole = Some(node);
            return Ok(());
        };
        match (&mut open.node.value, open.name.take()) {
            (Value::Map(members), Some(name)) if name == "<<" => merge(members, &node),
            (Value::Map(members), Some(name)) => members.push((name, node)),
            (Value::Map(_), None) => return Err("a member's name that is no text"),
            (Value::List(items), _) => items.push(node),
            (Value::Null | Value::Text(_), _) => {}
        }
        Ok(())
    }

    fn place(&self, mark: Mark) -> Place {
        let start = self.offset(mark.start.line(), mark.start.col());
        let end = self.offset(mark.end.line(), mark.end.col()).max(start);
        Place {
            file: self.file.clone(),
            span: Span {
                start,
                end,
                line: u32::try_from(mark.start.line()).unwrap_or(u32::MAX),
            },
        }
    }

    /// The byte of a line and a column of it, in characters.
    fn offset(&self, line: usize, column: usize) -> usize {
        let line = line.saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        let within = rest.char_indices().nth(column);
        within.map_or(self.text.len(), |(at, _)| start.saturating_add(at))
    }
}

/// The text with another mark where a secret was, if one was: asterisks without quotes
/// around them would be the alias of an anchor that nobody set.
fn without_masks(text: &str) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    let mut masked = false;
    while let Some(found) = memchr::memchr(b'*', bytes.get(at..).unwrap_or_default()) {
        let start = at.saturating_add(found);
        let rest = bytes.get(start..).unwrap_or_default();
        let length = rest.iter().take_while(|b| **b == b'*').count();
        let ends = rest.get(length).is_none_or(|b| b" \t\r\n,]}".contains(b));
        let before = bytes.get(..start).unwrap_or_default().last();
        let begins = before.is_none_or(|b| b" \t[{,".contains(b));
        at = start.saturating_add(length);
        if ends
            && begins
            && let Some(mask) = bytes.get_mut(start..at)
        {
            mask.fill(b'+');
            masked = true;
        }
    }
    String::from_utf8(bytes).ok().filter(|_| masked)
}

/// How many values a value holds; more than `most` are not counted.
fn size(node: &Node, most: usize) -> usize {
    let within: Vec<&Node> = match &node.value {
        Value::List(items) => items.iter().collect(),
        Value::Map(members) => members.iter().map(|(_, node)| node).collect(),
        Value::Null | Value::Text(_) => return 1,
    };
    let mut all = 1_usize;
    for node in within {
        if all > most {
            break;
        }
        all = all.saturating_add(size(node, most));
    }
    all
}

/// `<<: *other`: members that are not there already.
fn merge(members: &mut Vec<(String, Node)>, from: &Node) {
    let maps = from.items().iter().chain([from]);
    for (name, node) in maps.flat_map(Node::members) {
        if !members.iter().any(|(known, _)| known == name) {
            members.push((name.clone(), node.clone()));
        }
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes());
    core::iter::once(0)
        .chain(ends.map(|end| end.saturating_add(1)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Node {
        read(text, &HostPath::new("/etc/x.yml")).unwrap()
    }

    #[test]
    fn values_have_places_and_any_spelling_of_names() {
        let text = "# first\nload_balancer:\n  servers:\n  - url: 'http://é:1'\n    weight: 2\n  sticky: ~\n";
        let whole = of(text);
        let server = &whole.at(&["loadBalancer", "servers"]).items()[0];
        assert_eq!(server.get("url").text(), Some("http://é:1"));
        assert_eq!(server.get("weight").number::<u8>(), Some(2));
        let span = server.get("url").place().span;
        assert_eq!(span.line, 4);
        assert_eq!(&text[span.start..span.end], "'http://é:1'");
        assert!(whole.at(&["loadBalancer", "sticky"]).is_null());
    }

    #[test]
    fn json_is_yaml_and_anchors_are_followed() {
        let whole = of("{\"a\": [1, \"two\"], \"b\": {}}");
        assert_eq!(whole.get("a").texts(), ["1", "two"]);
        let whole = of("base: &b\n  x: 1\n  y: 2\nmore:\n  <<: *b\n  y: 3\nsame: *b\n");
        assert_eq!(whole.at(&["more", "x"]).text(), Some("1"));
        assert_eq!(whole.at(&["same", "y"]).text(), Some("2"));
    }

    /// Secrets are taken out before anything is parsed.
    #[test]
    fn a_secret_that_was_taken_out_breaks_nothing() {
        let whole = of("auth:\n  password: ******** # ours\n  list: [*, **]\n");
        assert_eq!(whole.at(&["auth", "password"]).text(), Some("********"));
        assert_eq!(whole.at(&["auth", "list"]).texts(), ["*", "**"]);
        let whole = of("rule: \"a: ** b\"\nexcept: '**'\nplus: ++\n");
        assert_eq!(whole.get("rule").text(), Some("a: ** b"));
        assert_eq!(whole.get("except").text(), Some("**"));
        assert_eq!(whole.get("plus").text(), Some("++"));
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_line() {
        let gap = read("a: 1\nb: [1, 2\nc: }\n", &HostPath::new("/x.yml")).unwrap_err();
        assert!(gap.what.starts_with("/x.yml:"), "{gap:?}");
    }

    /// The parser keeps no stack for open brackets, and an alias is not unfolded
    /// without end.
    #[test]
    fn hostile_documents_end_soon() {
        let deep = "[".repeat(200_000);
        assert!(read(&deep, &HostPath::new("/x")).is_err());
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let before = n - 1;
            let many = format!("*a{before}, ").repeat(10);
            laughs.push_str(&format!("a{n}: &a{n} [{many}]\n"));
        }
        assert!(read(&laughs, &HostPath::new("/x")).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            let _ = read(&text, &HostPath::new("/x"));
        }

        #[test]
        fn never_panics_on_what_looks_like_yaml(
            words in prop::collection::vec("[-:?,\\[\\]{}&*!|>'\"%#\n\t ~a-c]{1,6}", 0..40)
        ) {
            let text = words.concat();
            if let Ok(node) = read(&text, &HostPath::new("/x")) {
                inside(&node, text.len());
            }
        }
    }

    fn inside(node: &Node, len: usize) {
        let span = node.place().span;
        assert!(span.start <= span.end && span.end <= len);
        let members = node.members().iter().map(|(_, node)| node);
        members
            .chain(node.items())
            .for_each(|node| inside(node, len));
    }
}
