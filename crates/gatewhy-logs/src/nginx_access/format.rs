//! A format as a list of marks and values.
use super::guess;
use super::mark::Mark;
use super::plain::{Head, Plan};
use crate::hour::Stamp;
use crate::near::find;
use crate::quotes::{Map, Quotes};
use gatewhy_facts::log_time;
use gatewhy_facts::nginx::log_format::{Escape, Fields, LogFormat};

/// A compiled `log_format`.
#[derive(Clone, Debug)]
pub struct AccessFormat {
    all: LogFormat,
    pieces: Vec<Piece>,
    plain: Option<Plan>,
}

/// A part of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(Mark),
    Value(Field, Shape),
}

impl Piece {
    pub(super) fn is(&self, wanted: Field) -> bool {
        matches!(self, Self::Value(field, _) if *field == wanted)
    }
}

/// Values that the counts need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    TimeLocal,
    TimeIso,
    Msec,
    Status,
    Address,
    UpstreamStatus,
    Connect,
    Header,
    Response,
    Unneeded,
}

/// What a value always looks like; as in `gatewhy-facts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Status,
    Digits,
    Seconds,
    /// 26 bytes.
    TimeLocal,
    Address,
    Tries,
    Any,
}

/// Values of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Values<'a> {
    pub(super) time_local: Option<&'a [u8]>,
    time_iso: Option<&'a [u8]>,
    msec: Option<&'a [u8]>,
    pub(super) status: Option<&'a [u8]>,
    pub(super) address: Option<&'a [u8]>,
    pub(super) upstream_status: Option<&'a [u8]>,
    pub(super) connect: Option<&'a [u8]>,
    pub(super) header: Option<&'a [u8]>,
    pub(super) response: Option<&'a [u8]>,
}

impl AccessFormat {
    /// From the text of a `log_format` behind its name: perhaps `escape=…`, a blank,
    /// and the format itself without quotes around it.
    pub fn new(text: &str) -> Result<Self, String> {
        let (escape, format) = match text.split_once(' ') {
            Some((escape, format)) if escape.starts_with("escape=") => (Some(escape), format),
            _ => (None, text),
        };
        let arguments: Vec<&str> = escape.into_iter().chain([format]).collect();
        let all = LogFormat::from_arguments(&arguments)?;
        if !all.has("status") {
            return Err("without $status a failure cannot be told".to_owned());
        }
        let quick = all.escape() == Escape::Default;
        let pieces = if quick { pieces(format) } else { Vec::new() };
        let plain = Plan::new(&pieces);
        Ok(Self { all, pieces, plain })
    }

    /// The format of a line that begins as the combined one and goes on with named
    /// values.
    pub(crate) fn of_line(line: &[u8]) -> Option<Self> {
        Self::new(&guess::format(line)?).ok()
    }

    /// Whether the line may be of this format.
    pub(crate) fn fits(&self, line: &[u8]) -> bool {
        let map = Map::of(line);
        self.split(line, map.quotes(0, line.len())).is_some() || self.read(line).is_some()
    }

    /// How many values that the counts need are in it.
    pub(crate) fn fields(&self) -> usize {
        const NEEDED: [&str; 5] = [
            "upstream_addr",
            "upstream_status",
            "upstream_connect_time",
            "upstream_header_time",
            "upstream_response_time",
        ];
        NEEDED.iter().filter(|name| self.all.has(name)).count()
    }

    /// All ways to read the line; `None` where it is of another format.
    pub(super) fn read<'a>(&self, line: &'a [u8]) -> Option<Fields<'_, 'a>> {
        self.all.read(line).ok()
    }

    /// The first part of a line; `None` where it is not sure how to cut it.
    pub(super) fn head<'a>(&self, line: &'a [u8], quotes: Quotes<'_>) -> Option<Head<'a>> {
        self.plain.as_ref()?.head(line, quotes)
    }

    /// How to tell at a glance that all went well, where there is a way.
    pub(super) const fn plain(&self) -> Option<&Plan> {
        self.plain.as_ref()
    }

    /// The values that the counts need of a line with this head.
    pub(super) fn split_behind<'a>(
        &self,
        line: &'a [u8],
        head: &Head<'a>,
        quotes: Quotes<'_>,
    ) -> Option<Values<'a>> {
        let pieces = self.pieces.get(self.plain.as_ref()?.behind..)?;
        let values = Values {
            time_local: Some(head.time),
            ..Values::default()
        };
        split(pieces, line, head.status, quotes, values)
    }

    /// The values of a line that can be cut in one way only; `None` where that is
    /// not sure.
    pub(super) fn split<'a>(&self, line: &'a [u8], quotes: Quotes<'_>) -> Option<Values<'a>> {
        let pieces = Some(self.pieces.as_slice()).filter(|pieces| !pieces.is_empty());
        split(pieces?, line, 0, quotes, Values::default())
    }
}

/// Cuts a line from `at` on into the values of `pieces`.
fn split<'a>(
    pieces: &[Piece],
    line: &'a [u8],
    mut at: usize,
    quotes: Quotes<'_>,
    mut values: Values<'a>,
) -> Option<Values<'a>> {
    let mut pieces = pieces.iter().peekable();
    while let Some(piece) = pieces.next() {
        let rest = line.get(at..)?;
        match piece {
            Piece::Text(mark) => at = line.len() - mark.strip(rest)?.len(),
            Piece::Value(field, shape) => {
                let end = match pieces.peek() {
                    // No value holds a quote that is not escaped as \x22.
                    Some(Piece::Text(mark)) if mark.first() == b'"' && shape.is_open() => {
                        quotes.next(at)?
                    }
                    Some(Piece::Text(mark)) => at + shape.end(rest, mark)?,
                    Some(Piece::Value(..)) => return None,
                    None => line.len(),
                };
                let value = line.get(at..end)?;
                shape.holds(value).then_some(())?;
                values.set(*field, value);
                at = end;
            }
        }
    }
    (at == line.len()).then_some(values)
}

fn pieces(format: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = format;
    while !rest.is_empty() {
        let Some(after) = rest.strip_prefix('$') else {
            let end = rest.find('$').unwrap_or(rest.len());
            let (text, after) = rest.split_at(end);
            pieces.push(Piece::Text(Mark::new(text.as_bytes())));
            rest = after;
            continue;
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, after) = match after.strip_prefix('{').and_then(|a| a.split_once('}')) {
            Some(found) => found,
            None => after.split_at(after.find(|c| !is_name(c)).unwrap_or(after.len())),
        };
        let (field, shape) = variable(name);
        pieces.push(Piece::Value(field, shape));
        rest = after;
    }
    pieces
}

fn variable(name: &str) -> (Field, Shape) {
    match name {
        "time_local" => (Field::TimeLocal, Shape::TimeLocal),
        "time_iso8601" => (Field::TimeIso, Shape::Any),
        "msec" => (Field::Msec, Shape::Seconds),
        "status" => (Field::Status, Shape::Status),
        "upstream_addr" => (Field::Address, Shape::Tries),
        "upstream_status" => (Field::UpstreamStatus, Shape::Tries),
        "upstream_connect_time" => (Field::Connect, Shape::Tries),
        "upstream_header_time" => (Field::Header, Shape::Tries),
        "upstream_response_time" => (Field::Response, Shape::Tries),
        "request_time" => (Field::Unneeded, Shape::Seconds),
        "body_bytes_sent" | "bytes_sent" | "request_length" => (Field::Unneeded, Shape::Digits),
        "remote_addr" => (Field::Unneeded, Shape::Address),
        _ => (Field::Unneeded, Shape::Any),
    }
}

impl Shape {
    /// Whether values of it may have any length.
    const fn is_open(self) -> bool {
        !matches!(self, Self::TimeLocal | Self::Status)
    }

    /// Where a value ends, if `mark` follows it; `None` where that is not sure.
    pub(super) fn end(self, text: &[u8], mark: &Mark) -> Option<usize> {
        match self {
            Self::TimeLocal => return Some(26),
            Self::Status => return Some(3),
            _ => {}
        }
        // No value holds a quote that is not escaped as \x22.
        let end = find(mark.first(), text)?;
        if mark.first() == b'"' {
            return Some(end);
        }
        match self {
            Self::Tries => {
                let value = text.get(..end)?;
                let goes_on = value.ends_with(b",") || text.get(end + 1) == Some(&b':');
                (!goes_on).then_some(end)
            }
            Self::Any => {
                // Sure only if there is no second place before the next quote.
                let window = text.get(..find(b'"', text).unwrap_or(text.len()))?;
                let mut places = memchr::memchr_iter(mark.first(), window)
                    .filter(|at| window.get(*at..).is_some_and(|w| mark.strip(w).is_some()));
                let end = places.next()?;
                places.next().is_none().then_some(end)
            }
            _ => Some(end),
        }
    }

    fn holds(self, value: &[u8]) -> bool {
        match self {
            Self::Any | Self::Tries | Self::TimeLocal => true,
            Self::Status => value.len() == 3 && value.iter().all(u8::is_ascii_digit),
            _ if value == b"-" || value.is_empty() => true,
            Self::Digits => value.iter().all(u8::is_ascii_digit),
            Self::Seconds => value.iter().all(|b| b.is_ascii_digit() || *b == b'.'),
            Self::Address => {
                let digit = |b: &u8| b.is_ascii_hexdigit() || matches!(b, b'.' | b':');
                value.iter().all(digit) || value == b"unix:"
            }
        }
    }
}

impl<'a> Values<'a> {
    fn set(&mut self, field: Field, value: &'a [u8]) {
        let place = match field {
            Field::TimeLocal => &mut self.time_local,
            Field::TimeIso => &mut self.time_iso,
            Field::Msec => &mut self.msec,
            Field::Status => &mut self.status,
            Field::Address => &mut self.address,
            Field::UpstreamStatus => &mut self.upstream_status,
            Field::Connect => &mut self.connect,
            Field::Header => &mut self.header,
            Field::Response => &mut self.response,
            Field::Unneeded => return,
        };
        *place = Some(value);
    }

    /// From a line that was read in full.
    pub(super) fn of_fields(fields: &Fields<'_, 'a>) -> Self {
        Self {
            time_local: fields.raw("time_local"),
            time_iso: fields.raw("time_iso8601"),
            msec: fields.raw("msec"),
            status: fields.raw("status"),
            address: fields.raw("upstream_addr"),
            upstream_status: fields.raw("upstream_status"),
            connect: fields.raw("upstream_connect_time"),
            header: fields.raw("upstream_header_time"),
            response: fields.raw("upstream_response_time"),
        }
    }

    /// The time, where it is not `$time_local`.
    pub(super) fn time(&self) -> Option<Stamp> {
        if let Some((civil, _)) = self.time_iso.and_then(log_time::year_first) {
            return Some(Stamp::of(civil));
        }
        let (seconds, _) = gatewhy_facts::scan::number(self.msec?)?;
        let at = jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
        Some(Stamp::of_moment(at, &jiff::tz::TimeZone::system()))
    }
}
