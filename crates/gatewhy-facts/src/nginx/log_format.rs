//! `log_format`: what a line of an access log is made of, and how to take one apart.
//!
//! A line is read by its format alone. Where a visitor's text could be cut in
//! more than one way (unquoted fields, `escape=none`), every reading is tried, and
//! only what all of them agree on is believed: columns never shift.
use crate::log_time;
use crate::prelude::*;
use crate::scan;
use memchr::memmem;

/// How nginx escapes the values of variables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Escape {
    /// `"`, `\`, controls and high bytes as `\xHH`; a missing value is `-`.
    #[default]
    Default,
    /// As inside a JSON string; a missing value is empty.
    Json,
    /// Not at all; a missing value is empty.
    None,
}

/// A compiled `log_format`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFormat {
    escape: Escape,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Vec<u8>),
    Variable(String, Shape),
}

/// What the value of a variable always looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Status,
    Digits,
    Seconds,
    TimeLocal,
    TimeIso,
    Address,
    /// A list over the tries, of such values.
    Tries(TryValue),
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TryValue {
    Status,
    Digits,
    Seconds,
    Address,
}

/// The values of one line; see [`LogFormat::read`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields<'f, 'a> {
    names: Vec<&'f str>,
    values: Vec<Option<&'a [u8]>>,
    escape: Escape,
    /// Whether the line could be read in more than one way, so that some values
    /// are not told.
    pub ambiguous: bool,
}

/// Why a line could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unfit {
    /// The format cannot have made this line.
    NotThisFormat,
    /// There are too many ways to read it.
    TooManyReadings,
}

/// Most pieces of a format; longer ones are not compiled.
const MOST_PIECES: usize = 200;
/// Most ways to read a line that are compared.
const MOST_READINGS: usize = 16;
/// Most places looked at for one line.
const MOST_STEPS: usize = 4_000;

const COMBINED: &str = "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\"";

impl LogFormat {
    /// nginx's built-in format.
    pub fn combined() -> Self {
        Self::from_arguments(&[COMBINED]).unwrap_or_default()
    }

    /// From the arguments of a `log_format` directive behind its name: perhaps
    /// `escape=…`, then pieces that nginx joins. The error says what nginx would
    /// not accept, or what nobody can take apart.
    pub fn from_arguments(arguments: &[&str]) -> Result<Self, String> {
        let mut format = Self::default();
        let mut texts = arguments;
        if let Some((first, rest)) = arguments.split_first()
            && let Some(escape) = first.strip_prefix("escape=")
        {
            format.escape = escape_of(escape)
                .ok_or_else(|| format!("unknown log format escaping \"{escape}\""))?;
            texts = rest;
        }
        for text in texts {
            format.compile(text)?;
        }
        Ok(format)
    }

    /// Whether lines hold that variable.
    pub fn has(&self, variable: &str) -> bool {
        self.names().any(|name| name == variable)
    }

    /// How values are escaped.
    pub const fn escape(&self) -> Escape {
        self.escape
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(name, _) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    fn compile(&mut self, mut text: &str) -> Result<(), String> {
        while !text.is_empty() {
            if self.pieces.len() > MOST_PIECES {
                return Err(String::from("the log format has too many pieces"));
            }
            let end = text.find('$').unwrap_or(text.len());
            let (literal, rest) = text.split_at(end);
            if let Some(after) = rest.strip_prefix('$').filter(|_| end == 0) {
                text = self.compile_variable(after)?;
            } else {
                self.push_text(literal);
                text = rest;
            }
        }
        Ok(())
    }

    fn compile_variable<'t>(&mut self, text: &'t str) -> Result<&'t str, String> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, rest) = match text.strip_prefix('{') {
            Some(text) => text
                .split_once('}')
                .ok_or("the closing bracket of a variable is missing")?,
            None => text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len())),
        };
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(format!("invalid variable name \"{name}\""));
        }
        self.pieces
            .push(Piece::Variable(name.to_owned(), Shape::of(name)));
        Ok(rest)
    }

    fn push_text(&mut self, literal: &str) {
        if let Some(Piece::Text(text)) = self.pieces.last_mut() {
            text.extend_from_slice(literal.as_bytes());
        } else {
            self.pieces.push(Piece::Text(literal.as_bytes().to_vec()));
        }
    }

    /// Takes one line apart.
    pub fn read<'a>(&self, line: &'a [u8]) -> Result<Fields<'_, 'a>, Unfit> {
        let mut search = Search {
            escape: self.escape,
            line,
            readings: Vec::new(),
            steps: 0,
        };
        search.go(&self.pieces, 0, &mut Vec::new());
        if search.readings.len() >= MOST_READINGS || search.steps >= MOST_STEPS {
            return Err(Unfit::TooManyReadings);
        }
        let mut readings = search.readings.into_iter();
        let first = readings.next().ok_or(Unfit::NotThisFormat)?;
        let mut fields = Fields {
            names: self.names().collect(),
            values: first.into_iter().map(Some).collect(),
            escape: self.escape,
            ambiguous: false,
        };
        readings.for_each(|other| fields.keep_what_agrees(&other));
        Ok(fields)
    }
}

fn escape_of(word: &str) -> Option<Escape> {
    match word {
        "default" => Some(Escape::Default),
        "json" => Some(Escape::Json),
        "none" => Some(Escape::None),
        _ => None,
    }
}

/// The search for all readings of one line.
struct Search<'a> {
    escape: Escape,
    line: &'a [u8],
    readings: Vec<Vec<&'a [u8]>>,
    steps: usize,
}

impl<'a> Search<'a> {
    fn go(&mut self, pieces: &[Piece], at: usize, values: &mut Vec<&'a [u8]>) {
        self.steps = self.steps.saturating_add(1);
        if self.steps >= MOST_STEPS || self.readings.len() >= MOST_READINGS {
            return;
        }
        match pieces.split_first() {
            None if at == self.line.len() => self.readings.push(values.clone()),
            None => {}
            Some((Piece::Text(text), rest)) => {
                let follows = self
                    .line
                    .get(at..)
                    .is_some_and(|line| line.starts_with(text));
                if follows {
                    self.go(rest, at + text.len(), values);
                }
            }
            Some((Piece::Variable(_, shape), rest)) => self.try_values(*shape, rest, at, values),
        }
    }

    fn try_values(&mut self, shape: Shape, rest: &[Piece], at: usize, values: &mut Vec<&'a [u8]>) {
        let longest = self.longest_value(at);
        for length in lengths(
            longest,
            self.line.get(at..).unwrap_or_default(),
            rest.first(),
        ) {
            let Some(value) = longest.get(..length) else {
                break;
            };
            if shape.fits(value) {
                values.push(value);
                self.go(rest, at + length, values);
                values.pop();
            }
            self.steps = self.steps.saturating_add(1);
            if self.steps >= MOST_STEPS {
                break;
            }
        }
    }

    /// As much of the line as one escaped value can hold.
    fn longest_value(&self, at: usize) -> &'a [u8] {
        let rest = self.line.get(at..).unwrap_or_default();
        let end = match self.escape {
            Escape::None => None,
            Escape::Default => memchr::memchr(b'"', rest),
            Escape::Json => unescaped_quote(rest),
        };
        end.and_then(|end| rest.get(..end)).unwrap_or(rest)
    }
}

/// Offset of the first `"` that no backslash escapes.
fn unescaped_quote(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = memchr::memchr2(b'"', b'\\', text.get(from..)?)?.checked_add(from)?;
        if text.get(at) == Some(&b'"') {
            return Some(at);
        }
        from = at.checked_add(2)?;
    }
}

/// How long a value may be, given what follows it in the format.
fn lengths<'a>(
    longest: &'a [u8],
    line: &'a [u8],
    next: Option<&'a Piece>,
) -> Box<dyn Iterator<Item = usize> + 'a> {
    match next {
        None => Box::new(core::iter::once(line.len())),
        Some(Piece::Text(text)) => {
            let room = longest.len().saturating_add(text.len());
            let place = move |from: usize| {
                let window = line.get(from..room.min(line.len()))?;
                memmem::find(window, text)?.checked_add(from)
            };
            Box::new(core::iter::successors(place(0), move |at| place(at + 1)))
        }
        Some(Piece::Variable(..)) => Box::new(0..=longest.len()),
    }
}

impl Shape {
    fn of(name: &str) -> Self {
        match name {
            "status" => Self::Status,
            "body_bytes_sent"
            | "bytes_sent"
            | "request_length"
            | "connection"
            | "connection_requests"
            | "pid"
            | "content_length"
            | "server_port"
            | "remote_port" => Self::Digits,
            "request_time" | "msec" | "connection_time" => Self::Seconds,
            "time_local" => Self::TimeLocal,
            "time_iso8601" => Self::TimeIso,
            "remote_addr" | "server_addr" | "realip_remote_addr" => Self::Address,
            "upstream_addr" => Self::Tries(TryValue::Address),
            "upstream_status" => Self::Tries(TryValue::Status),
            "upstream_response_time"
            | "upstream_header_time"
            | "upstream_connect_time"
            | "upstream_first_byte_time"
            | "upstream_queue_time" => Self::Tries(TryValue::Seconds),
            "upstream_response_length" | "upstream_bytes_received" | "upstream_bytes_sent" => {
                Self::Tries(TryValue::Digits)
            }
            _ => Self::Any,
        }
    }

    fn fits(self, value: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::Status => is_status(value),
            Self::TimeLocal => {
                log_time::day_first(value).is_some_and(|(_, rest)| is_zone(rest.trim_ascii_start()))
            }
            Self::TimeIso => log_time::year_first(value).is_some_and(|(_, rest)| is_zone(rest)),
            _ if value.is_empty() || value == b"-" => true,
            Self::Digits => is_digits(value),
            Self::Seconds => is_seconds(value),
            Self::Address => is_address(value),
            Self::Tries(kind) => tries(value).all(|(_, item)| kind.fits(item)),
        }
    }
}

impl TryValue {
    fn fits(self, item: &[u8]) -> bool {
        match self {
            _ if item == b"-" => true,
            Self::Status => is_status(item),
            Self::Digits => is_digits(item),
            Self::Seconds => is_seconds(item),
            Self::Address => !item.contains(&b' ') && !item.ends_with(b","),
        }
    }
}

fn is_digits(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(u8::is_ascii_digit)
}

fn is_status(value: &[u8]) -> bool {
    value.len() == 3 && is_digits(value)
}

fn is_seconds(value: &[u8]) -> bool {
    scan::split_once(value, ".")
        .is_some_and(|(s, ms)| is_digits(s) && ms.len() == 3 && is_digits(ms))
}

fn is_address(value: &[u8]) -> bool {
    value == b"unix:"
        || value
            .iter()
            .all(|b| b.is_ascii_hexdigit() || matches!(b, b'.' | b':'))
}

fn is_zone(value: &[u8]) -> bool {
    log_time::zone(value).is_some_and(|(_, rest)| rest.is_empty())
}

/// How a try came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// The first try of a group.
    First,
    /// `, `: the next server of the group, after a failure.
    NextServer,
    /// ` : `: an internal redirect to another location.
    Redirected,
}

/// The items of a list over the tries, in order.
pub fn tries(value: &[u8]) -> impl Iterator<Item = (Link, &[u8])> {
    let mut rest = Some((Link::First, value));
    core::iter::from_fn(move || {
        let (link, text) = rest?;
        let end = link_at(text).unwrap_or(text.len());
        let (item, after) = text.split_at_checked(end)?;
        rest = match after.first() {
            None => None,
            Some(b',') => after.get(2..).map(|after| (Link::NextServer, after)),
            Some(_) => after.get(3..).map(|after| (Link::Redirected, after)),
        };
        Some((link, item))
    })
}

/// Where the first `, ` or ` : ` is: both have a blank.
fn link_at(text: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b' ', text).find_map(|blank| {
        let before = blank.checked_sub(1);
        let comma = before.filter(|at| text.get(*at) == Some(&b','));
        let behind = text.get(blank + 1..)?;
        comma.or_else(|| behind.starts_with(b": ").then_some(blank))
    })
}

impl<'a> Fields<'_, 'a> {
    /// The value of a variable as it stands in the line, still escaped; `None`
    /// when the format has no such variable, or the line can be read in two ways.
    pub fn raw(&self, variable: &str) -> Option<&'a [u8]> {
        let at = self.names.iter().position(|name| *name == variable)?;
        self.values.get(at).copied().flatten()
    }

    /// The value of a variable; `None` also when nginx had none.
    pub fn value(&self, variable: &str) -> Option<&'a [u8]> {
        let missing: &[u8] = if self.escape == Escape::Default {
            b"-"
        } else {
            b""
        };
        self.raw(variable).filter(|value| *value != missing)
    }

    fn keep_what_agrees(&mut self, other: &[&'a [u8]]) {
        for (value, other) in self.values.iter_mut().zip(other) {
            let same = value.is_some_and(|v| {
                core::ptr::eq(v.as_ptr(), other.as_ptr()) && v.len() == other.len()
            });
            if !same {
                *value = None;
                self.ambiguous = true;
            }
        }
    }
}

impl Escape {
    /// The value as it was before nginx escaped it.
    pub fn undo(self, value: &[u8]) -> Cow<'_, [u8]> {
        if self == Self::None || !value.contains(&b'\\') {
            return Cow::Borrowed(value);
        }
        let mut plain = Vec::with_capacity(value.len());
        let mut rest = value;
        while let Some((first, tail)) = rest.split_first() {
            let escaped = (*first == b'\\').then(|| escape_sequence(tail)).flatten();
            let (byte, tail) = escaped.unwrap_or((*first, tail));
            plain.push(byte);
            rest = tail;
        }
        Cow::Owned(plain)
    }
}

/// What stands behind a backslash: `xHH`, `u00HH`, or one letter.
fn escape_sequence(text: &[u8]) -> Option<(u8, &[u8])> {
    let (letter, rest) = text.split_first()?;
    let hex = |from: usize| {
        let digits = core::str::from_utf8(rest.get(from..from + 2)?).ok()?;
        Some((u8::from_str_radix(digits, 16).ok()?, rest.get(from + 2..)?))
    };
    match letter {
        b'x' => hex(0),
        b'u' if rest.starts_with(b"00") => hex(2),
        b'n' => Some((b'\n', rest)),
        b'r' => Some((b'\r', rest)),
        b't' => Some((b'\t', rest)),
        b'b' => Some((8, rest)),
        b'f' => Some((12, rest)),
        b'"' | b'\\' => Some((*letter, rest)),
        _ => None,
    }
}
