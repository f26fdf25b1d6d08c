//! The past in Apache httpd's logs.
//!
//! Its error log names the visitor, but neither the request nor the site, and the lines
//! about a connection to a backend not even the visitor: a second line of the same
//! thread does. The access log has the time at which a request came.
use super::failure::Told;
use super::logs::{Lines, Span};
use crate::case::Case;
use crate::case::gateway::record::Record;
use crate::case::routing::peer::Dial;
use gatewhy_facts::apache::access_log;
use gatewhy_facts::apache::error_log::{self, ErrorRecord, Named};
use gatewhy_facts::apache::site;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::log_format::LogFormat;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::LogLines;
use gatewhy_facts::scan;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown;

/// Lines of one thread so near each other are about the same request.
const SAME_US: i64 = 2_000_000;
/// How many lines of other threads may stand between them.
const BETWEEN: usize = 64;

impl<'k> Case<'k> {
    /// The records of the error log, oldest first.
    pub(super) fn apache_told_within(&self, span: Span) -> Fact<(Vec<Told<'k>>, Vec<Gap>)> {
        let log = self.log_within(&self.error_log_path(), span, LogLines::All);
        log.map(|lines| {
            let told = self.apache_told_in(&lines, span);
            (told, lines.gaps)
        })
    }

    fn apache_told_in(&self, lines: &Lines<'k>, span: Span) -> Vec<Told<'k>> {
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        let mut all = Vec::new();
        for (path, bytes) in &lines.files {
            let records = error_log::read(bytes).into_iter();
            let timed: Vec<(ErrorRecord<'k>, Moment)> = records
                .filter_map(|record| Some((record, record.at?.moment(offset)?)))
                .collect();
            let path = path.to_string();
            for (place, (record, at)) in timed.iter().enumerate() {
                if record.symptom.is_some() && span.holds(*at) {
                    let after = timed.get(place..).unwrap_or_default();
                    all.push(self.apache_told_of(record, *at, visitor(after), &path));
                }
            }
        }
        all.sort_by_key(|told| told.at);
        all
    }

    fn apache_told_of(
        &self,
        record: &ErrorRecord<'k>,
        at: Moment,
        client: Option<&'k [u8]>,
        path: &str,
    ) -> Told<'k> {
        let (address, port) = client
            .and_then(|client| scan::rsplit_once(client, ":"))
            .unzip();
        let (upstream, named) = match record.named() {
            Some(Named::Tcp(address)) => (Some(Dial::Tcp(address)), None),
            Some(Named::Unix(path)) => {
                let path = HostPath::new(shown(path).to_string());
                (Some(Dial::Unix(path)), None)
            }
            Some(Named::Name(name)) => {
                let dial = self.dial_written(name);
                let named = dial.is_none().then(|| shown(name).to_string());
                (dial, named)
            }
            None => (None, balancer(record)),
        };
        Told {
            at,
            record: Record {
                upstream,
                ..self.apache_record(record)
            },
            client: address.map(Cow::Borrowed),
            connection: port.and_then(scan::whole_number),
            server: None,
            named,
            source: Source::new(path).at_time(at),
        }
    }

    /// The backend that the configuration writes like this.
    fn dial_written(&self, name: &[u8]) -> Option<Dial> {
        let (host, port) = scan::rsplit_once(name, ":")?;
        let port: u16 = scan::whole_number(port)?;
        let host = core::str::from_utf8(host).ok()?;
        let mut peers = self.peers().iter();
        let same = peers.find(|peer| {
            peer.name.as_deref() == Some(host)
                && matches!(&peer.dial, Dial::Tcp(at) if at.port() == port)
        });
        same.map(|peer| peer.dial.clone())
    }

    /// The access log of the site, and the format of its lines.
    pub(crate) fn apache_access_log(&self) -> (Option<HostPath>, LogFormat) {
        let none = (None, LogFormat::combined());
        let config = self.apache();
        let (Some(config), Some(door)) = (config.found(), self.front_door().found().copied())
        else {
            return none;
        };
        let (site, _) = site::choose(config, door, &self.request.host);
        let Some(log) = access_log::of_site(&site) else {
            return none;
        };
        let file = match &log.rotated {
            Some(rotated) => self.rotated_file(rotated),
            None => Some(self.config_path().parent().join(&log.path)),
        };
        (file, log.format)
    }

    /// Whether the site's access log goes to `rotatelogs`.
    pub(crate) fn is_access_log_piped(&self) -> bool {
        let config = self.apache();
        let (Some(config), Some(door)) = (config.found(), self.front_door().found().copied())
        else {
            return false;
        };
        let (site, _) = site::choose(config, door, &self.request.host);
        access_log::of_site(&site).is_some_and(|log| log.rotated.is_some())
    }
}

/// The visitor whom a record is about: its own, or that of the next record of its
/// thread.
fn visitor<'k>(records: &[(ErrorRecord<'k>, Moment)]) -> Option<&'k [u8]> {
    let (first, at) = records.first()?;
    let near = records.iter().take(BETWEEN);
    let same = near.take_while(|(_, then)| then.since(*at).abs() <= SAME_US);
    let mut same = same.filter(|(r, _)| (r.pid, r.tid) == (first.pid, first.tid));
    same.find_map(|(record, _)| record.client)
}

/// `balancer://app: All workers are in error state`
fn balancer(record: &ErrorRecord<'_>) -> Option<String> {
    let (_, rest) = scan::split_once(record.message, "balancer://")?;
    let end = rest.iter().position(|b| matches!(b, b':' | b' ' | b'/'));
    let name = rest.get(..end.unwrap_or(rest.len()))?;
    Some(shown(name).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_visitor_is_in_the_next_line_of_the_thread() {
        let log = b"[Sat Nov 21 12:40:01.1 2026] [proxy:error] [pid 4:tid 5] (111)Connection refused: AH00957: http: attempt to connect to 127.0.0.1:3000 (127.0.0.1:3000) failed
[Sat Nov 21 12:40:01.1 2026] [proxy:error] [pid 4:tid 6] (111)Connection refused: AH00957: http: attempt to connect to 127.0.0.1:3000 (127.0.0.1:3000) failed
[Sat Nov 21 12:40:01.2 2026] [proxy_http:error] [pid 4:tid 6] [client 192.0.2.9:8] AH01114: HTTP: failed to make connection to backend: 127.0.0.1
[Sat Nov 21 12:40:01.2 2026] [proxy_http:error] [pid 4:tid 5] [client 192.0.2.7:5] AH01114: HTTP: failed to make connection to backend: 127.0.0.1
";
        let timed: Vec<_> = error_log::read(log)
            .into_iter()
            .map(|record| (record, record.at.unwrap().moment(0).unwrap()))
            .collect();
        assert_eq!(visitor(&timed), Some(&b"192.0.2.7:5"[..]));
        assert_eq!(visitor(&timed[1..]), Some(&b"192.0.2.9:8"[..]));
    }
}
