//! Files of `EnvironmentFile=`: `NAME=value` lines with quotes, as systemd reads
//! them. It is no shell: `export` makes a line invalid, `$` stands for itself.
use super::exec_line::is_variable_name;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Problem, Span};

/// The variables of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvironmentLines {
    /// In order; of several with the same name the last counts.
    pub assignments: Vec<Assignment>,
    /// Lines that systemd ignores.
    pub problems: Vec<Problem>,
}

/// One variable.
#[derive(Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Its name.
    pub name: String,
    /// Its value. It may be a secret: see [`Assignment::shown_value`].
    pub value: String,
    /// Where it stands.
    pub place: Place,
}

impl Assignment {
    /// The value, unless it may be a secret.
    pub fn shown_value(&self) -> Option<&str> {
        let shown = !super::secret::may_be(&self.name, &self.value);
        shown.then_some(self.value.as_str())
    }
}

/// Never prints a value that may be a secret.
impl core::fmt::Debug for Assignment {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let value = self.shown_value().unwrap_or("(hidden)");
        write!(f, "{}={value:?} at {:?}", self.name, self.place.span)
    }
}

/// Reads the file.
pub fn parse(file: &HostPath, bytes: &[u8]) -> EnvironmentLines {
    let mut machine = Machine::new(file);
    for byte in bytes {
        machine.step(*byte);
    }
    machine.finish();
    machine.lines
}

/// Where in a line the reader is; as in systemd's `parse_env_file_internal`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    BeforeName,
    Name,
    BeforeValue,
    Value,
    ValueEscape,
    Single,
    Double,
    DoubleEscape,
    Comment,
    CommentEscape,
}

struct Machine<'a> {
    file: &'a HostPath,
    state: State,
    at: usize,
    line: u32,
    span: Span,
    name: Vec<u8>,
    value: Vec<u8>,
    /// How long the value is without the unquoted white space at its end.
    value_ends: usize,
    lines: EnvironmentLines,
}

impl<'a> Machine<'a> {
    fn new(file: &'a HostPath) -> Self {
        Self {
            file,
            state: State::BeforeName,
            at: 0,
            line: 1,
            span: Span::default(),
            name: Vec::new(),
            value: Vec::new(),
            value_ends: 0,
            lines: EnvironmentLines::default(),
        }
    }

    fn step(&mut self, byte: u8) {
        let newline = matches!(byte, b'\n' | b'\r');
        self.state = match self.state {
            State::BeforeName => self.before_name(byte),
            State::Name if newline => self.no_value(),
            State::Name if byte == b'=' => State::BeforeValue,
            State::Name => self.keep_name(byte),
            State::BeforeValue | State::Value if newline => self.assign(),
            State::BeforeValue => self.before_value(byte),
            State::Value if byte == b'\\' => self.keep_all(State::ValueEscape),
            State::Value => self.keep_unquoted(byte),
            State::ValueEscape if newline => State::Value,
            State::ValueEscape => self.keep(byte, State::Value),
            State::Single if byte == b'\'' => State::BeforeValue,
            State::Single => self.keep(byte, State::Single),
            State::Double if byte == b'"' => State::BeforeValue,
            State::Double if byte == b'\\' => State::DoubleEscape,
            State::Double => self.keep(byte, State::Double),
            State::DoubleEscape => self.double_escape(byte, newline),
            State::Comment if byte == b'\\' => State::CommentEscape,
            State::Comment if newline => State::BeforeName,
            State::Comment | State::CommentEscape => State::Comment,
        };
        self.at = self.at.saturating_add(1);
        if byte == b'\n' {
            self.line = self.line.saturating_add(1);
        }
    }

    fn before_name(&mut self, byte: u8) -> State {
        if matches!(byte, b'#' | b';') {
            return State::Comment;
        }
        if byte.is_ascii_whitespace() {
            return State::BeforeName;
        }
        (self.span.start, self.span.line) = (self.at, self.line);
        self.keep_name(byte)
    }

    fn keep_name(&mut self, byte: u8) -> State {
        self.name.push(byte);
        State::Name
    }

    fn before_value(&mut self, byte: u8) -> State {
        match byte {
            b'\'' => State::Single,
            b'"' => State::Double,
            b'\\' => State::ValueEscape,
            byte if byte.is_ascii_whitespace() => State::BeforeValue,
            byte => self.keep_unquoted(byte),
        }
    }

    fn keep_unquoted(&mut self, byte: u8) -> State {
        self.value.push(byte);
        if !byte.is_ascii_whitespace() {
            self.value_ends = self.value.len();
        }
        State::Value
    }

    fn keep(&mut self, byte: u8, next: State) -> State {
        self.value.push(byte);
        self.keep_all(next)
    }

    fn keep_all(&mut self, next: State) -> State {
        self.value_ends = self.value.len();
        next
    }

    fn double_escape(&mut self, byte: u8, newline: bool) -> State {
        if newline {
            return State::Double;
        }
        if !matches!(byte, b'"' | b'\\' | b'`' | b'$') {
            self.value.push(b'\\');
        }
        self.keep(byte, State::Double)
    }

    fn no_value(&mut self) -> State {
        self.problem("systemd ignores a line without `=`");
        self.name.clear();
        State::BeforeName
    }

    fn assign(&mut self) -> State {
        let name = String::from_utf8_lossy(self.name.trim_ascii_end()).into_owned();
        self.value.truncate(self.value_ends);
        let value = String::from_utf8_lossy(&self.value).into_owned();
        if is_variable_name(&name) {
            let place = self.place();
            self.lines
                .assignments
                .push(Assignment { name, value, place });
        } else if name.starts_with("export ") {
            self.problem("systemd ignores a line that begins with `export`");
        } else {
            self.problem("systemd ignores a line whose name is not one of letters, digits and `_`");
        }
        self.name.clear();
        self.value.clear();
        self.value_ends = 0;
        State::BeforeName
    }

    fn place(&self) -> Place {
        let span = Span {
            end: self.at,
            ..self.span
        };
        let file = self.file.clone();
        Place { file, span }
    }

    fn problem(&mut self, what: &str) {
        let (place, what) = (self.place(), what.to_owned());
        self.lines.problems.push(Problem { place, what });
    }

    fn finish(&mut self) {
        match self.state {
            State::Name => {
                self.no_value();
            }
            State::BeforeName | State::Comment | State::CommentEscape => {}
            State::Single | State::Double | State::DoubleEscape => {
                self.problem("a quote is not closed before the file ends");
                self.assign();
            }
            State::BeforeValue | State::Value | State::ValueEscape => {
                self.assign();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systemd::recorded;

    const RECORDED: &[u8] = include_bytes!("../../tests/data/systemd/environment");

    fn read(bytes: &[u8]) -> EnvironmentLines {
        parse(&HostPath::new("/etc/shop/env"), bytes)
    }

    #[test]
    fn the_same_values_as_a_program_got_from_systemd() {
        let lines = read(RECORDED);
        let got = recorded::environment("quoting");
        assert!(lines.assignments.len() > 15);
        for (name, value) in recorded::as_map(&lines.assignments) {
            assert_eq!(got.get(&name), Some(&value), "{name}");
        }
    }

    #[test]
    fn ignored_lines_are_told() {
        let lines = read(RECORDED);
        let text = String::from_utf8_lossy(RECORDED);
        let told: Vec<_> = lines
            .problems
            .iter()
            .map(|p| text[p.place.span.start..p.place.span.end].to_owned())
            .collect();
        assert_eq!(
            told,
            ["export EXPORTED=1", "NOEQUALS", "1BAD=x", "BAD-NAME=y"]
        );
        let after = lines.assignments.iter().find(|a| a.name == "AFTER");
        let number = text.lines().position(|line| line == "AFTER=1").unwrap() + 1;
        assert_eq!(after.unwrap().place.span.line as usize, number);
    }

    #[test]
    fn the_end_of_the_file_ends_a_line() {
        assert_eq!(read(b"A=b").assignments[0].value, "b");
        assert_eq!(read(b"A=b\\").assignments[0].value, "b");
        assert_eq!(read(b"A='b").problems.len(), 1);
        assert_eq!(read(b"A=1\r\nB=2\r\n").assignments[1].value, "2");
        let secret = read(b"API_KEY=hunter2");
        assert!(!format!("{secret:?}").contains("hunter2"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_stays_in_bounds(bytes: Vec<u8>, odd in "[A='\"\\\\\n\r#; ]{0,60}") {
            for bytes in [bytes.as_slice(), odd.as_bytes()] {
                let lines = read(bytes);
                let places = lines.assignments.iter().map(|a| &a.place);
                for place in places.chain(lines.problems.iter().map(|p| &p.place)) {
                    proptest::prop_assert!(place.span.start <= place.span.end);
                    proptest::prop_assert!(place.span.end <= bytes.len());
                }
            }
        }
    }
}
