//! Requests that went well, in access logs of JSON: most lines are that, and nothing
//! but their time matters. They are told in one pass, without a record.
//!
//! Each rule here is the short form of a reader's beside it; a test holds both
//! against each other.
use super::json::Object;
use super::nginx::{ADDRESS, STATUS};
use super::record::LoggedAt;
use super::{caddy, wrapper};
use crate::scan;

/// The values that tell, as the first member of each name has them.
#[derive(Clone, Copy, Debug, Default)]
struct Members<'a> {
    logger: Option<&'a [u8]>,
    msg: Option<&'a [u8]>,
    ts: Option<&'a [u8]>,
    status: Option<&'a [u8]>,
    downstream_status: Option<&'a [u8]>,
    time: Option<&'a [u8]>,
    start: Option<&'a [u8]>,
    time_iso: Option<&'a [u8]>,
    timestamp: Option<&'a [u8]>,
    /// Whether nginx's variables for upstreams are there.
    upstream: bool,
    /// Which of their names came, a bit each.
    names: u16,
}

/// When the request of this line was answered; `None` where it did not go well, where
/// that is not sure, and for lines of any other kind.
pub fn fine(line: &[u8]) -> Option<LoggedAt> {
    line.starts_with(b"{\"").then_some(())?;
    let members = Members::of(Object::parse(line)?)?;
    if members.logger.is_some() || members.msg.is_some_and(|_| members.ts.is_some()) {
        return members.caddy();
    }
    if members.downstream_status.is_some() {
        return members.traefik();
    }
    members.nginx()
}

impl<'a> Members<'a> {
    /// `None` where a member is there that another reader looks for first, or a try
    /// did not go well.
    fn of(object: Object<'a>) -> Option<Self> {
        let mut found = Self::default();
        for (name, value) in object.members() {
            match found.place(name) {
                Some(place) => {
                    place.get_or_insert(value);
                }
                None if name == b"EdgeResponseStatus" || is_flags(name) => return None,
                None => found.add_of_upstream(name, value)?,
            }
        }
        Some(found)
    }

    /// `None` where the name comes twice: which one counts is for the readers to say.
    fn add_of_upstream(&mut self, name: &[u8], value: &[u8]) -> Option<()> {
        let mut names = ADDRESS.iter().chain(STATUS);
        let Some(place) = names.position(|known| known.as_bytes() == name) else {
            return Some(());
        };
        let bit = 1_u16.checked_shl(u32::try_from(place).ok()?)?;
        (self.names & bit == 0).then_some(())?;
        self.names |= bit;
        self.upstream |= is_good_try(value)?;
        Some(())
    }

    fn place(&mut self, name: &[u8]) -> Option<&mut Option<&'a [u8]>> {
        Some(match name {
            b"logger" => &mut self.logger,
            b"msg" => &mut self.msg,
            b"ts" => &mut self.ts,
            b"status" => &mut self.status,
            b"DownstreamStatus" => &mut self.downstream_status,
            b"time" => &mut self.time,
            b"StartUTC" => &mut self.start,
            b"time_iso8601" => &mut self.time_iso,
            b"@timestamp" => &mut self.timestamp,
            _ => return None,
        })
    }

    fn caddy(&self) -> Option<LoggedAt> {
        let logger = self.logger?;
        let access = logger.starts_with(b"http") && scan::holds(logger, "log.access");
        let message = self.msg.and_then(present)?;
        (access && message != b"null" && is_good(self.status?)).then_some(())?;
        caddy::moment(present(self.ts?)?)
    }

    fn traefik(&self) -> Option<LoggedAt> {
        is_good(self.downstream_status?).then_some(())?;
        first([self.time, self.start, None])
    }

    fn nginx(&self) -> Option<LoggedAt> {
        (self.upstream && is_good(self.status?)).then_some(())?;
        first([self.time_iso, self.time, self.timestamp])
    }
}

/// The time in the first value that is there.
fn first(values: [Option<&[u8]>; 3]) -> Option<LoggedAt> {
    let mut values = values.into_iter().flatten().filter_map(present);
    values.next().and_then(wrapper::iso)
}

fn present(value: &[u8]) -> Option<&[u8]> {
    (!value.is_empty() && value != b"null").then_some(value)
}

/// Whether a visitor was served with that status: three digits, no error of a server,
/// not gone before the answer.
fn is_good(status: &[u8]) -> bool {
    matches!(status, [b'1'..=b'4', b'0'..=b'9', b'0'..=b'9']) && status != b"499"
}

/// Whether the value, an address or a status, is there; `None` where it may be the
/// status of a try that failed.
fn is_good_try(value: &[u8]) -> Option<bool> {
    let value = present(value);
    let failed = value.is_some_and(|value| value.starts_with(b"502"));
    (!failed).then_some(value.is_some())
}

/// Whether Envoy's flags are called so: `response_flags`, `flags`, `responseFlags`.
fn is_flags(name: &[u8]) -> bool {
    let letters = name.iter().filter(|b| !matches!(b, b'_' | b'-'));
    let last = letters.rev().take(5).map(u8::to_ascii_lowercase);
    matches!(name.last(), Some(b's' | b'S' | b'_' | b'-')) && last.eq(*b"sgalf")
}

#[cfg(test)]
mod tests {
    use super::super::recognise;
    use super::*;
    use crate::prelude::*;
    use proptest::prelude::*;
    use proptest::sample::select;

    const LINES: [&str; 3] = [
        r#"{"level":"info","ts":1763608324.12,"logger":"http.log.access.log0","msg":"handled request","request":{"uri":"/{\"a\"}","headers":{"A":["b"]}},"size":9,"status":200}"#,
        r#"{"ClientHost":"192.0.2.1","DownstreamStatus":200,"OriginStatus":200,"StartUTC":"2026-11-20T03:12:04.1Z","level":"info","msg":"","time":"2026-11-20T03:12:04Z"}"#,
        r#"{"time_iso8601":"2026-11-20T03:12:04+00:00","request":"GET / HTTP/1.1","status":"200","upstream_addr":"10.0.0.1:80","upstream_status":"200"}"#,
    ];

    /// Whether the line went well; if so, the long way must say the same.
    fn went_well(line: &[u8]) -> bool {
        let Some(at) = fine(line) else {
            return false;
        };
        let shown = String::from_utf8_lossy(line);
        let record = recognise(line).unwrap();
        assert!(
            record.status.is_some() && record.symptom.is_none(),
            "{shown}"
        );
        assert_eq!(record.at, Some(at), "{shown}");
        true
    }

    #[test]
    fn requests_that_went_well_are_told_in_every_usual_log() {
        for line in LINES {
            assert!(went_well(line.as_bytes()), "{line}");
            for status in ["499", "500", "502", "504", "9", "null", "\"\""] {
                let bad = line.replace(":200", &format!(":{status}"));
                let bad = bad.replace("\"200\"", &format!("\"{status}\""));
                assert!(!went_well(bad.as_bytes()), "{bad}");
            }
        }
        let retried = LINES[2].replace(r#"status":"200"}"#, r#"status":"502, 200"}"#);
        assert!(!went_well(retried.as_bytes()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn what_went_well_is_so_for_the_readers_too(
            members in proptest::collection::vec(
                (
                    select(vec![
                        "logger", "msg", "ts", "status", "DownstreamStatus", "OriginStatus", "time",
                        "StartUTC", "time_iso8601", "@timestamp", "upstream_addr", "us", "ustatus",
                        "upstream", "flags", "response_Flags_", "response_code",
                        "EdgeResponseStatus", "level", "log", "error", "request",
                    ]),
                    select(vec![
                        r#""http.log.access""#, r#""http.log.error""#, r#""handled request""#,
                        "200", r#""200""#, "304", "499", "502", r#""502, 200""#, "-", "null", r#""""#,
                        r#""2026-11-20T03:12:04Z""#, r#""2026-11-20T03:12:04""#, "1763608324.5",
                        r#""10.0.0.1:80""#, r#""-""#, r#""UF""#, r#"{"uri":"}","status":502}"#,
                        r#""GET stdout F 2026/11/20 03:12:04 [error] 1#1: *1 no live upstreams""#,
                    ]),
                ),
                0..9,
            ),
            base in 0..4_usize,
            change in proptest::option::of((any::<proptest::sample::Index>(), any::<u8>())),
        ) {
            let mut all: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            if let Some(line) = LINES.get(base) {
                all.push(line.trim_matches(['{', '}']).to_owned());
            }
            let mut line = format!("{{{}}}", all.join(",")).into_bytes();
            went_well(&line);
            if let Some((at, byte)) = change {
                let at = at.index(line.len());
                line[at] = byte;
                went_well(&line);
            }
        }
    }
}
