//! Unit files and their drop-ins, each setting with its place, so that a report
//! can quote the line.
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Problem, Span};

/// One assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `Unit`, `Service`, `Socket`, `Install` …
    pub section: String,
    /// `ExecStart`
    pub name: String,
    /// Its value, continued lines joined by a space; empty takes back what was
    /// set before.
    pub value: String,
    /// Where it stands, from its name to the end of its last line.
    pub place: Place,
}

/// A unit's file, or one of its drop-ins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitFile {
    /// The assignments, in order.
    pub settings: Vec<Setting>,
    /// Lines that systemd would ignore with a warning.
    pub problems: Vec<Problem>,
}

/// Reads one file.
pub fn parse(file: &HostPath, bytes: &[u8]) -> UnitFile {
    let mut reading = Reading {
        file,
        section: None,
        open: None,
        done: UnitFile::default(),
    };
    let mut start = 0;
    for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1..) {
        let end = start + line.len();
        reading.line(
            line,
            Span {
                start,
                end,
                line: number,
            },
        );
        start = end + 1;
    }
    reading.close();
    reading.done
}

/// A file as it is read.
struct Reading<'a> {
    file: &'a HostPath,
    section: Option<String>,
    /// A line that goes on on the next one.
    open: Option<(Vec<u8>, Span)>,
    done: UnitFile,
}

impl Reading<'_> {
    fn line(&mut self, line: &[u8], span: Span) {
        let text = line.trim_ascii_start();
        // Comments may stand between the lines of one assignment.
        if matches!(text.first(), Some(b'#' | b';')) {
            return;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (part, goes_on) = match line.strip_suffix(b"\\") {
            Some(part) => (part, true),
            None => (line, false),
        };
        match &mut self.open {
            Some((joined, whole)) => {
                joined.push(b' ');
                joined.extend_from_slice(part);
                whole.end = span.end;
            }
            None => self.open = Some((part.to_vec(), span)),
        }
        if !goes_on {
            self.close();
        }
    }

    /// Takes in the line that is complete now.
    fn close(&mut self) {
        let Some((line, span)) = self.open.take() else {
            return;
        };
        let text = String::from_utf8_lossy(&line).into_owned();
        let text = text.trim();
        let section = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        match (section, text.split_once('='), &self.section) {
            _ if text.is_empty() => {}
            (Some(name), ..) => self.section = Some(name.to_owned()),
            (None, Some((name, value)), Some(section)) => self.done.settings.push(Setting {
                section: section.clone(),
                name: name.trim().to_owned(),
                value: value.trim().to_owned(),
                place: place(self.file, span),
            }),
            (None, Some(_), None) => self.problem(span, "an assignment outside of a section"),
            (None, None, _) => self.problem(span, "a line without ="),
        }
    }

    fn problem(&mut self, span: Span, what: &str) {
        self.done.problems.push(Problem {
            place: place(self.file, span),
            what: what.to_owned(),
        });
    }
}

fn place(file: &HostPath, span: Span) -> Place {
    Place {
        file: file.clone(),
        span,
    }
}

/// The assignments in force of a setting that may be made several times
/// (`ExecStartPre`, `Environment`): those behind the last empty one. The files
/// must be in systemd's order: the unit's own first, then its drop-ins.
pub fn in_force<'a>(files: &'a [UnitFile], section: &str, name: &str) -> Vec<&'a Setting> {
    let mut found = Vec::new();
    for setting in files.iter().flat_map(|file| &file.settings) {
        if setting.section != section || setting.name != name {
            continue;
        }
        if setting.value.is_empty() {
            found.clear();
        } else {
            found.push(setting);
        }
    }
    found
}

/// The assignment in force of a setting that is made once (`User`): the last.
pub fn last<'a>(files: &'a [UnitFile], section: &str, name: &str) -> Option<&'a Setting> {
    in_force(files, section, name).pop()
}

/// The names of the variables that an `Environment=` sets; values may be secret.
pub fn environment_names(value: &str) -> Vec<String> {
    let words = split(value).into_iter();
    words
        .filter_map(|word| Some(word.split_once('=')?.0.to_owned()))
        .collect()
}

/// A command line of `ExecStart=` and its kin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// The special marks in front: `-` ignores failure, `@` sets the name,
    /// `+` and `!` keep rights, `:` leaves variables alone.
    pub marks: String,
    /// The program.
    pub program: String,
    /// Its arguments; variables and `%` specifiers are as written.
    pub arguments: Vec<String>,
}

/// Splits a command line as systemd does.
pub fn command_line(value: &str) -> Option<CommandLine> {
    let mut words = split(value).into_iter();
    let first = words.next()?;
    let program = first.trim_start_matches(['-', '@', '+', '!', ':', '|']);
    Some(CommandLine {
        marks: first.get(..first.len() - program.len())?.to_owned(),
        program: program.to_owned(),
        arguments: words.collect(),
    })
}

/// Words separated by spaces; both quotes keep spaces, a backslash keeps the
/// character behind it.
fn split(value: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        match (c, quote) {
            ('\\', _) => word
                .get_or_insert_default()
                .push(rest.next().unwrap_or('\\')),
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_ascii_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: &[u8] = b"# made by hand\n[Unit]\nDescription=The shop\n\n[Service]\nUser = shop\nExecStart=-/usr/bin/node \\\n# why\n  --max-old-space-size=256 \"/srv/the shop/app.js\"\nEnvironment=PORT=3000 'TOKEN=a b'\nnonsense\n";

    fn shop() -> UnitFile {
        parse(&HostPath::new("/etc/systemd/system/shop.service"), UNIT)
    }

    #[test]
    fn settings_keep_their_lines_and_continued_ones_are_joined() {
        let file = shop();
        let files = [file.clone()];
        let exec = last(&files, "Service", "ExecStart").unwrap();
        assert_eq!(exec.place.span.line, 7);
        let quoted = &UNIT[exec.place.span.start..exec.place.span.end];
        assert!(quoted.starts_with(b"ExecStart=-") && quoted.ends_with(b"app.js\""));
        let command = command_line(&exec.value).unwrap();
        assert_eq!(
            (command.marks.as_str(), command.program.as_str()),
            ("-", "/usr/bin/node")
        );
        assert_eq!(
            command.arguments,
            ["--max-old-space-size=256", "/srv/the shop/app.js"]
        );
        assert_eq!(last(&files, "Service", "User").unwrap().value, "shop");
        assert_eq!(file.problems[0].place.span.line, 11);
    }

    #[test]
    fn a_drop_in_takes_back_and_sets_anew() {
        let drop_in = b"[Service]\nExecStart=\nExecStart=/usr/bin/node /srv/new.js\n";
        let path = HostPath::new("/etc/systemd/system/shop.service.d/new.conf");
        let files = [shop(), parse(&path, drop_in)];
        let exec = in_force(&files, "Service", "ExecStart");
        assert_eq!(exec.len(), 1);
        assert_eq!(
            (exec[0].place.file.clone(), exec[0].place.span.line),
            (path, 3)
        );
        let environment = last(&files, "Service", "Environment").unwrap();
        assert_eq!(environment_names(&environment.value), ["PORT", "TOKEN"]);
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_spans_are_inside(bytes: Vec<u8>, text in "(\\[S\\]\n|a=|\\\\\n|#|\"|'| |x|\n){0,40}") {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                let file = parse(&HostPath::new("/u"), bytes);
                for setting in &file.settings {
                    let span = setting.place.span;
                    proptest::prop_assert!(bytes.get(span.start..span.end).is_some());
                    let _ = (command_line(&setting.value), environment_names(&setting.value));
                }
                for problem in &file.problems {
                    proptest::prop_assert!(problem.place.span.end <= bytes.len());
                }
            }
        }
    }
}
