//! nginx's access log: what the visitor got, and what every try at a backend did.
use super::error_log::Peer;
use super::log_format::{Fields, Link, LogFormat, Unfit, tries};
use crate::log_time;
use crate::prelude::*;
use crate::scan;
use crate::time::Moment;

/// One request. What the format does not log is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessRecord<'a> {
    /// Line in what was read, counted from 1.
    pub line: u32,
    /// When the request ended.
    pub at: Option<Moment>,
    /// The status that the visitor got; 9 for a body without a header (HTTP/0.9).
    pub status: Option<u16>,
    /// The visitor's address.
    pub client: Option<&'a [u8]>,
    /// The request line, escaped as in the log.
    pub request: Option<&'a [u8]>,
    /// The host the visitor asked for.
    pub host: Option<&'a [u8]>,
    /// From the first byte of the request to the last of the response, milliseconds.
    pub request_ms: Option<u64>,
    /// Every try at a backend, in order; none when nginx answered by itself.
    pub tries: Option<Vec<Try<'a>>>,
    /// Whether the line can be read in several ways, so that values are missing.
    pub ambiguous: bool,
}

/// One try at one backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Try<'a> {
    /// How it came about.
    pub link: Link,
    /// Whom nginx tried; the group's name when every server of it was out.
    pub peer: Option<Peer<'a>>,
    /// The backend's status, or 502 or 504 of nginx's own making.
    pub status: Option<u16>,
    /// Milliseconds until connected, TLS included; none when that failed.
    pub connect_ms: Option<u64>,
    /// Milliseconds until the response header; none when there was no whole one.
    pub header_ms: Option<u64>,
    /// Milliseconds until the end.
    pub response_ms: Option<u64>,
}

/// A line that its format cannot have made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnfitLine {
    /// Line in what was read, counted from 1.
    pub line: u32,
    /// Why it was not read.
    pub why: Unfit,
}

/// The requests of a log, or of its last part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessLog<'a> {
    /// In the order of the log, which is that of their ends.
    pub records: Vec<AccessRecord<'a>>,
    /// Lines that do not fit the format. The first line of a log's tail often does not.
    pub unfit: Vec<UnfitLine>,
}

/// Reads a log, or its tail, that was written in `format`.
pub fn read<'a>(log: &'a [u8], format: &LogFormat) -> AccessLog<'a> {
    let mut found = AccessLog::default();
    for line in scan::lines(log).filter(|line| !line.bytes.is_empty()) {
        match format.read(line.bytes) {
            Ok(fields) => {
                let record = AccessRecord::from_fields(&fields);
                found.records.push(AccessRecord {
                    line: line.number,
                    ..record
                });
            }
            Err(why) => found.unfit.push(UnfitLine {
                line: line.number,
                why,
            }),
        }
    }
    found
}

impl<'a> AccessRecord<'a> {
    /// From the values of one line.
    pub fn from_fields(fields: &Fields<'_, 'a>) -> Self {
        let first = |names: &[&str]| names.iter().find_map(|name| fields.value(name));
        Self {
            line: 1,
            at: moment(fields),
            status: fields.value("status").and_then(scan::whole_number),
            client: first(&["realip_remote_addr", "remote_addr"]),
            request: fields.value("request"),
            host: first(&["host", "http_host", "server_name"]),
            request_ms: fields.value("request_time").and_then(millis),
            tries: all_tries(fields),
            ambiguous: fields.ambiguous,
        }
    }

    /// Whether the response came from the backend as it is, not of nginx's making:
    /// the last try has a whole header. `None` when the log does not tell.
    pub fn is_from_backend(&self) -> Option<bool> {
        let tries = self.tries.as_ref()?;
        Some(tries.last().is_some_and(|last| last.header_ms.is_some()))
    }
}

fn moment(fields: &Fields<'_, '_>) -> Option<Moment> {
    if let Some(text) = fields.value("msec") {
        return i64::try_from(millis(text)?)
            .ok()?
            .checked_mul(1_000)
            .map(Moment);
    }
    let (civil, rest) = match fields.value("time_local") {
        Some(text) => log_time::day_first(text)?,
        None => log_time::year_first(fields.value("time_iso8601")?)?,
    };
    let (offset, _) = log_time::zone(rest.trim_ascii_start())?;
    civil.moment(offset)
}

/// `0.004` in milliseconds.
fn millis(text: &[u8]) -> Option<u64> {
    let (secs, rest) = scan::number(text)?;
    let part: u64 = scan::whole_number(rest.strip_prefix(b".")?)?;
    (rest.len() == 4).then_some(())?;
    secs.checked_mul(1_000)?.checked_add(part)
}

/// Most tries that are told of one request.
const MOST_TRIES: usize = 100;

/// One list over the tries; `None` when it is not logged.
type List<'a> = Option<Vec<(Link, &'a [u8])>>;

/// The lists over the tries run in parallel; a list of another length than the
/// longest is not believed.
fn all_tries<'a>(fields: &Fields<'_, 'a>) -> Option<Vec<Try<'a>>> {
    let list = |name: &str| -> List<'a> {
        let value = fields
            .value(name)
            .map(|value| tries(value).take(MOST_TRIES).collect());
        value.or_else(|| fields.raw(name).map(|_| Vec::new()))
    };
    let lists = [
        list("upstream_addr"),
        list("upstream_status"),
        list("upstream_response_time"),
        list("upstream_connect_time"),
        list("upstream_header_time"),
    ];
    let count = lists.iter().flatten().map(Vec::len).max()?;
    Some((0..count).map(|at| one_try(&lists, at, count)).collect())
}

fn one_try<'a>(lists: &[List<'a>; 5], at: usize, count: usize) -> Try<'a> {
    let [address, status, response, connect, header] = lists;
    let item = |list: &List<'a>| {
        let list = list.as_ref().filter(|list| list.len() == count)?;
        list.get(at).copied()
    };
    let value = |list: &List<'a>| item(list).map(|(_, value)| value);
    let link = item(address).or(item(status)).or(item(response));
    Try {
        link: link.map_or(Link::First, |(link, _)| link),
        peer: value(address)
            .filter(|a| !a.is_empty() && *a != b"-")
            .map(Peer::parse),
        status: value(status).and_then(scan::whole_number),
        connect_ms: value(connect).and_then(millis),
        header_ms: value(header).and_then(millis),
        response_ms: value(response).and_then(millis),
    }
}
