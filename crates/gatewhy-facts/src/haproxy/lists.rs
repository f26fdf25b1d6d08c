//! Values of conditions that stand in files: `acl shop hdr(host) -i -f /etc/haproxy/hosts.lst`.
use super::config::{Config, Line, Section};
use crate::fact::{Fact, Gap};
use crate::nginx::files::Files;
use crate::path::HostPath;
use crate::prelude::*;

/// The values of each file, in its order; or why they are not known.
pub type Lists = BTreeMap<String, Result<Vec<String>, Gap>>;

/// The most files that are read.
const FILES: usize = 64;

/// What our own request has: of other fetches (`src`) no list is read, which may be long.
const FETCHES: [&str; 7] = [
    "hdr",
    "req.hdr",
    "req.fhdr",
    "path",
    "url",
    "req.ssl_sni",
    "ssl_fc_sni",
];

/// Reads the files of all conditions.
pub(super) fn read(files: &dyn Files, config: &mut Config) {
    let lines = config.sections.iter().flat_map(|section| &section.lines);
    let named = lines.filter(|line| asks_for_ours(line)).flat_map(files_of);
    let wanted: BTreeSet<String> = named.map(ToOwned::to_owned).collect();
    for name in wanted.into_iter().take(FILES) {
        let list = read_one(files, &name);
        config.lists.insert(name, list);
    }
}

fn asks_for_ours(line: &Line) -> bool {
    let fetch = |word: &String| {
        let name = word.split(['(', ',']).next().unwrap_or(word);
        FETCHES.iter().any(|fetch| {
            name.strip_prefix(fetch)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        })
    };
    line.words.iter().any(fetch)
}

/// The files behind each `-f` of a line.
fn files_of(line: &Line) -> impl Iterator<Item = &str> {
    let pairs = line.words.iter().zip(line.words.iter().skip(1));
    pairs
        .filter(|(flag, _)| *flag == "-f")
        .map(|(_, file)| file_of(file))
}

/// The file that a word means.
pub(super) fn file_of(word: &str) -> &str {
    word.strip_prefix("file@").unwrap_or(word)
}

fn read_one(files: &dyn Files, name: &str) -> Result<Vec<String>, Gap> {
    if !name.starts_with('/') {
        let why = "it is relative to where HAProxy was started";
        return Err(Gap::new(name, why, ""));
    }
    match files.read(&HostPath::new(name)) {
        Fact::Found(text, _) if text.cut => Err(Gap::new(name, "it is larger than is read", "")),
        Fact::Found(text, _) => Ok(values(text.bytes)),
        Fact::Absent(_) => Err(Gap::new(name, "the list is not there", "")),
        Fact::Unknown(gap) => Err(gap),
    }
}

/// A value a line; `#` begins a line of comment.
fn values(text: &[u8]) -> Vec<String> {
    let lines = text.split(|byte| *byte == b'\n').filter_map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_start();
        let counts = !line.is_empty() && !line.starts_with(b"#");
        counts.then(|| String::from_utf8_lossy(line).into_owned())
    });
    lines.collect()
}

/// The files that the condition of a rule asks, in its own words and in those of the
/// conditions that it names.
pub(super) fn of_rule<'c>(section: &'c Section, rule: &'c Line) -> Vec<&'c str> {
    let names = rule.words.iter().map(|word| word.trim_start_matches('!'));
    let named = names.flat_map(|name| section.lines.iter().filter(move |l| l.is(&["acl", name])));
    let all = core::iter::once(rule).chain(named);
    all.flat_map(files_of).collect()
}

/// Why a rule's condition could not be decided: a list of it, or its words.
pub(super) fn undecided(config: &Config, section: &Section, line: &Line) -> Gap {
    let files = of_rule(section, line).into_iter();
    let mut unread = files.filter_map(|file| config.lists.get(file)?.as_ref().err());
    if let Some(gap) = unread.next() {
        return gap.clone();
    }
    let what = format!("{}:{}", line.place.file, line.place.span.line);
    Gap::new(what, "its condition is not understood", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_value_a_line() {
        let text = b"# hosts\r\n  shop.test\r\n\n\tAPI.test x\n";
        assert_eq!(values(text), ["shop.test", "API.test x"]);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(text: Vec<u8>) {
            drop(values(&text));
        }
    }
}
