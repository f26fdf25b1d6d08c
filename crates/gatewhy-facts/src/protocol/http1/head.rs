//! Status line and header lines.
use super::{Context, Header, Kind, Reading, Status};

const MOST_HEADERS: usize = 1000;
const MOST_INTERIM: usize = 8;

/// One line of a head. Offsets are into what was received.
struct Line {
    start: usize,
    /// Behind the content: at the line feed, or at the carriage return before it.
    end: usize,
    /// Behind the line feed.
    next: usize,
    /// Whether a carriage return stood before the line feed.
    crlf: bool,
}

fn line_at(bytes: &[u8], start: usize) -> Option<Line> {
    let rest = bytes.get(start..)?;
    let feed = start + memchr::memchr(b'\n', rest)?;
    let mut end = feed;
    while end > start && bytes.get(end - 1) == Some(&b'\r') {
        end -= 1;
    }
    Some(Line {
        start,
        end,
        next: feed + 1,
        crlf: end < feed,
    })
}

/// Reads interim answers, then the head of the final one.
pub(super) fn read_answers(bytes: &[u8], context: &Context<'_>, out: &mut Reading) {
    let mut at = 0;
    loop {
        at = read_one(bytes, at, out);
        let interim = out
            .code()
            .filter(|code| (100..200).contains(code) && *code != 101);
        let Some(code) = interim.filter(|_| out.head_complete) else {
            break;
        };
        if out.interim.len() >= MOST_INTERIM || at >= bytes.len() {
            break;
        }
        note_interim(code, at, out);
        out.headers.clear();
        out.status = None;
        out.head_complete = false;
        out.head_start = at;
    }
    if !out.head_complete && context.ended {
        out.note(Kind::ClosedInHead, bytes.len(), bytes.len());
    }
}

fn note_interim(code: u16, at: usize, out: &mut Reading) {
    let old = out.status.is_some_and(|s| s.version < (1, 1));
    let kind = if old {
        Kind::InterimInHttp10(code)
    } else {
        Kind::Interim(code)
    };
    out.note(kind, out.head_start, at);
    out.interim.push(code);
}

/// Reads one status line and its headers; gives the offset behind them.
fn read_one(bytes: &[u8], start: usize, out: &mut Reading) -> usize {
    let Some(line) = line_at(bytes, start) else {
        out.head_bytes = bytes.len().saturating_sub(start);
        return bytes.len();
    };
    note_line_end(&line, out);
    let content = bytes.get(line.start..line.end).unwrap_or_default();
    out.status = status(content);
    if out.status.is_none() {
        out.note(Kind::BadStatusLine, line.start, line.end);
    }
    read_headers(bytes, line.next, out);
    out.head_bytes = out.head_bytes.saturating_add(line.next - line.start);
    start.saturating_add(out.head_bytes)
}

/// `HTTP/1.1 200 reason`, with the freedoms that nginx takes: several blanks
/// before the code, no reason, and IIS's `403.1`.
fn status(line: &[u8]) -> Option<Status> {
    let rest = line.strip_prefix(b"HTTP/")?;
    let blank = memchr::memchr(b' ', rest)?;
    let (version, rest) = rest.split_at_checked(blank)?;
    let dot = memchr::memchr(b'.', version)?;
    let (major, minor) = version.split_at_checked(dot)?;
    let version = (digits(major)?, digits(minor.get(1..)?)?);
    let rest = rest.trim_ascii_start();
    let (code, rest) = rest.split_at_checked(3)?;
    let ends = matches!(rest.first(), None | Some(b' ' | b'.'));
    let code = digits(code).filter(|_| ends)?;
    Some(Status { version, code })
}

/// Decimal digits only, at least one: `str::parse` alone would take a sign.
pub(super) fn digits<N: core::str::FromStr>(bytes: &[u8]) -> Option<N> {
    if !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    core::str::from_utf8(bytes).ok()?.parse().ok()
}

/// Reads header lines up to the blank line; sets `head_bytes` to their size.
pub(super) fn read_headers(bytes: &[u8], start: usize, out: &mut Reading) {
    let mut at = start;
    while let Some(line) = line_at(bytes, at) {
        note_line_end(&line, out);
        at = line.next;
        if line.start == line.end {
            out.head_complete = true;
            break;
        }
        read_header(bytes, &line, out);
    }
    if !out.head_complete {
        at = bytes.len().max(start);
    }
    out.head_bytes = at - start;
}

fn note_line_end(line: &Line, out: &mut Reading) {
    let noted = out.oddities.iter().any(|o| o.kind == Kind::BareLineFeed);
    if !line.crlf && !noted {
        out.note(Kind::BareLineFeed, line.end, line.next);
    }
}

fn read_header(bytes: &[u8], line: &Line, out: &mut Reading) {
    let content = bytes.get(line.start..line.end).unwrap_or_default();
    let colon = memchr::memchr(b':', content);
    let name = content
        .get(..colon.unwrap_or(content.len()))
        .unwrap_or_default();
    if colon.is_none() && name.starts_with(b"HTTP/") {
        return out.note(Kind::StatusLineAmongHeaders, line.start, line.end);
    }
    note_name(name, line.start, out);
    let Some(colon) = colon else {
        return out.note(Kind::NoColon, line.start, line.end);
    };
    let header = header(content, line, colon);
    note_value(header.value(bytes), header.value, out);
    if out.headers.len() < MOST_HEADERS {
        out.headers.push(header);
    }
}

fn header(content: &[u8], line: &Line, colon: usize) -> Header {
    let value = content.get(colon + 1..).unwrap_or_default();
    let before = value.len() - value.trim_ascii_start().len();
    let start = line.start + colon + 1 + before;
    Header {
        start: line.start,
        name_end: line.start + colon,
        value: start,
        end: start + value.trim_ascii().len(),
    }
}

fn note_name(name: &[u8], start: usize, out: &mut Reading) {
    match name.first() {
        None => out.note(Kind::EmptyName, start, start + 1),
        Some(b' ' | b'\t') => out.note(Kind::FoldedLine, start, start + 1),
        Some(_) => {
            let bad = name.iter().position(|b| *b <= b' ' || *b == 0x7f);
            if let Some((at, byte)) = bad.and_then(|at| Some((at, *name.get(at)?))) {
                out.note(Kind::ByteInName(byte), start + at, start + at + 1);
            }
        }
    }
}

fn note_value(value: &[u8], start: usize, out: &mut Reading) {
    let bad = |b: &u8| (*b < b' ' && *b != b'\t') || *b == 0x7f;
    let places = value.iter().enumerate().filter(|(_, b)| bad(b));
    for (at, byte) in places.take(8) {
        let kind = match byte {
            0 => Kind::NulInValue,
            b'\r' => Kind::BareCarriageReturn,
            other => Kind::ControlInValue(*other),
        };
        out.note(kind, start + at, start + at + 1);
    }
}

/// The status of a CGI head: `Status:`, else 302 with a `Location`, else 200.
pub(super) fn cgi_status(bytes: &[u8], out: &mut Reading) -> Status {
    let version = (1, 1);
    let named = |name: &str| {
        let same = |h: &&Header| h.name(bytes).eq_ignore_ascii_case(name.as_bytes());
        out.headers.iter().find(same).copied()
    };
    let Some(header) = named("status") else {
        let code = if named("location").is_some() {
            302
        } else {
            200
        };
        return Status { version, code };
    };
    let code = header.value(bytes).get(..3).and_then(digits);
    if code.is_none() {
        out.note(Kind::BadCgiStatus, header.start, header.end);
    }
    Status {
        version,
        code: code.unwrap_or(0),
    }
}
