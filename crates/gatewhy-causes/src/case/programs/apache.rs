//! Apache httpd behind the seam.
use crate::case::Case;
use crate::case::gateway::access_log::is_good;
use crate::case::gateway::log::Logged;
use crate::case::gateway::record::Record;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::{Dial, Peer, Protocol};
use crate::case::routing::way::{Answer, BY_ITS_LINE, Block, Group, Sent, Wait, Waits, Way};
use core::net::SocketAddr;
use gatewhy_facts::apache::config::Config;
use gatewhy_facts::apache::error_log::{self, ErrorRecord, Named};
use gatewhy_facts::apache::piped::Rotated;
use gatewhy_facts::apache::route::{self, Member, Pass, Timeout};
use gatewhy_facts::apache::target::Address;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::log_time;
use gatewhy_facts::nginx::access_log::{self, AccessRecord};
use gatewhy_facts::nginx::glob;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Part, Question};
use gatewhy_facts::scan;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown;

/// Lines without a visitor belong to the request whose process and thread wrote them
/// within so many microseconds.
const SAME_REQUEST_US: i64 = 2_000_000;
/// How much of an access log's end is read.
const ACCESS_TAIL: u32 = 128 << 10;

impl<'k> Case<'k> {
    /// Apache's configuration on disk; absent when the proxy is another one.
    pub fn apache(&self) -> Fact<&Config> {
        let load = || self.on_disk(Kind::Apache);
        self.cells.apache.get_or_init(load).as_ref()
    }

    pub(in crate::case) fn apache_way(&self) -> Fact<Way> {
        self.apache_route()
            .map(|route| self.apache_told(route.clone()))
    }

    /// The request's way by Apache's own terms.
    pub fn apache_route(&self) -> Fact<route::Route> {
        let Some(door) = self.front_door().found().copied() else {
            let gap = self.front_door().gap().cloned();
            let none = || Gap::new("the request's way", "no address to send it to", "");
            return Fact::Unknown(gap.unwrap_or_else(none));
        };
        self.apache().and_then(|config, source| {
            let request = route::Request {
                local: door,
                host: self.request.host.clone(),
                target: self.request.path.clone(),
                tls: self.request.tls,
            };
            let route = route::route(config, &self.files(), &request);
            if let Some(gap) = route.gaps.iter().find(|gap| gap.is_pending()) {
                return Fact::Unknown(gap.clone());
            }
            Fact::Found(route, source)
        })
    }

    fn apache_told(&self, route: route::Route) -> Way {
        let blocks = route.blocks.into_iter();
        let folder = self.config_path().parent();
        let pass = route.pass.as_ref();
        Way {
            blocks: blocks.map(|(name, place)| Block { name, place }).collect(),
            peers: pass.map(|pass| self.apache_peers(pass)).unwrap_or_default(),
            asked: Vec::new(),
            waits: pass.map(waits).unwrap_or_default(),
            sent: pass.map(|pass| self.apache_sent(pass)),
            answer: route.answer.map(|(status, place)| Answer {
                status,
                why: BY_ITS_LINE.to_owned(),
                place: Some(place),
                leads_nowhere: false,
            }),
            group: pass.and_then(group),
            check: None,
            demands: gatewhy_facts::tls::demands::Demands::default(),
            error_log: match route.rotated_log {
                Some(rotated) => self.rotated_file(&rotated),
                None => route.error_log.map(|path| folder.join(&path)),
            },
            gaps: route.gaps,
        }
    }

    /// The file that `rotatelogs` writes now: by the time, or the last by its name.
    pub(crate) fn rotated_file(&self, log: &Rotated) -> Option<HostPath> {
        let folder = self.config_path().parent();
        let clock = self.clock()?;
        if let Some(file) = log.file_at(clock.now, clock.utc_offset_secs) {
            return Some(folder.join(&file));
        }
        let pattern = folder.join(&log.pattern());
        let found = glob::expand(&self.files(), pattern.as_str()).ok()?;
        found.into_iter().next_back().map(|(path, _)| path)
    }

    fn apache_peers(&self, pass: &Pass) -> Vec<Peer> {
        pass.members
            .iter()
            .flat_map(|member| self.apache_member(pass, member))
            .collect()
    }

    fn apache_member(&self, pass: &Pass, member: &Member) -> Vec<Peer> {
        let (dials, name) = match &member.target.to {
            Address::Unix(path) => (vec![Dial::Unix(path.clone())], None),
            Address::Host(host, port) => self.dials_of(host, *port),
            Address::Balancer(_) => (Vec::new(), None),
        };
        let peer = |dial| Peer {
            dial,
            protocol: protocol(&member.target.scheme),
            written: member.target.written.clone(),
            place: Some(member.place.clone()),
            group: pass.balancer.clone(),
            down: member.disabled,
            backup: member.standby,
            sends_proxy: None,
            name: name.clone(),
        };
        dials.into_iter().map(peer).collect()
    }

    /// The addresses that a host's name, or number, stands for.
    pub(in crate::case) fn dials_of(&self, host: &str, port: u16) -> (Vec<Dial>, Option<String>) {
        if let Ok(ip) = host.parse() {
            return (vec![Dial::Tcp(SocketAddr::new(ip, port))], None);
        }
        let name = Some(host.to_owned());
        let known = self.resolved(host);
        let all = known.found().into_iter().flatten();
        let dials: Vec<Dial> = all
            .map(|ip| Dial::Tcp(SocketAddr::new(*ip, port)))
            .collect();
        if dials.is_empty() {
            return (vec![Dial::Name(host.to_owned(), port)], name);
        }
        (dials, name)
    }

    fn apache_sent(&self, pass: &Pass) -> Sent {
        let first = pass.members.first();
        let host = match first.map(|member| &member.target.to) {
            _ if pass.preserves_host => None,
            Some(Address::Host(..)) => first.map(|m| m.target.written.clone().into_bytes()),
            _ => None,
        };
        Sent {
            target: pass.path.clone().into_bytes(),
            params: self.apache_params(pass),
            tls_name: first.and_then(|member| match &member.target.to {
                Address::Host(host, _) if host.parse::<core::net::IpAddr>().is_err() => {
                    Some(host.clone())
                }
                _ => None,
            }),
            host,
            headers: Vec::new(),
        }
    }

    /// What a FastCGI application is told.
    fn apache_params(&self, pass: &Pass) -> Vec<(Vec<u8>, Vec<u8>)> {
        let Some(script) = &pass.script else {
            return Vec::new();
        };
        let (root, host) = (pass.root.to_string(), self.request.host_header());
        gatewhy_facts::protocol::fastcgi::GetRequest {
            method: "GET",
            script_filename: script.as_str().as_bytes(),
            script_name: self.request.path_only().as_bytes(),
            request_uri: self.request.path.as_bytes(),
            document_root: root.as_bytes(),
            host: host.as_bytes(),
            https: self.request.tls,
            extra: &[],
        }
        .params()
    }

    /// The records of the log, those about our own requests marked.
    pub(in crate::case) fn apache_log(&self, round: u8) -> Fact<Vec<Logged<'k>>> {
        let path = self.error_log_path();
        let text = self.log_text(&path, round);
        text.map(|bytes| self.apache_logged(bytes, &path))
    }

    fn apache_logged(&self, bytes: &'k [u8], path: &HostPath) -> Vec<Logged<'k>> {
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        let records = error_log::read(bytes).into_iter();
        let timed: Vec<_> = records
            .filter_map(|record| Some((record, record.at?.moment(offset)?)))
            .collect();
        let ours: Vec<_> = timed
            .iter()
            .filter(|(r, at)| self.is_from_us(r, *at))
            .collect();
        let of_ours = |record: &ErrorRecord<'_>, at: Moment| {
            ours.iter().any(|(own, when)| {
                (own.pid, own.tid) == (record.pid, record.tid)
                    && own.pid.is_some()
                    && when.since(at).abs() <= SAME_REQUEST_US
            })
        };
        let logged = timed.iter().map(|(record, at)| Logged {
            own: self.is_from_us(record, *at) || record.client.is_none() && of_ours(record, *at),
            record: self.apache_record(record),
            at: *at,
            source: Source::new(path.to_string()).at_time(*at),
        });
        logged.collect()
    }

    /// Visitors are known by address and port: nobody else has ours.
    fn is_from_us(&self, record: &ErrorRecord<'_>, at: Moment) -> bool {
        let since = self.clock().map(|clock| clock.now.plus_secs(-1));
        let Some(client) = record
            .client
            .filter(|_| since.is_some_and(|since| at >= since))
        else {
            return false;
        };
        let visits = self.visits().iter().filter_map(Fact::found);
        visits
            .filter_map(|visit| visit.conversation.local)
            .any(|local| format!("{}:{}", local.ip(), local.port()).as_bytes() == client)
    }

    pub(crate) fn apache_record(&self, record: &ErrorRecord<'k>) -> Record<'k> {
        let upstream = match record.named() {
            Some(Named::Tcp(address)) => Some(Dial::Tcp(address)),
            Some(Named::Unix(path)) => Some(Dial::Unix(HostPath::new(shown(path).to_string()))),
            Some(Named::Name(_)) | None => self.only_dial(),
        };
        Record {
            raw: record.raw.into(),
            message: record.told.into(),
            errno: record.errno.and_then(|n| u16::try_from(n).ok()),
            symptom: record.symptom,
            text: None,
            number: None,
            upstream,
            protocol: None,
            pid: record.pid,
            request: None,
            host: None,
            is_subrequest: false,
            handshaking: false,
        }
    }

    /// The backend, where there is only one that a record can be about.
    pub(in crate::case) fn only_dial(&self) -> Option<Dial> {
        match self.way_found()?.peers.as_slice() {
            [only] => Some(only.dial.clone()),
            _ => None,
        }
    }
}

fn group(pass: &Pass) -> Option<Group> {
    let name = pass.balancer.clone()?;
    let retry = pass.members.iter().map(|member| member.retry_secs).max()?;
    Some(Group {
        name: format!("balancer://{name}"),
        retry_secs: retry,
        directive: "retry",
        place: pass.members.first().map(|member| member.place.clone()),
        all_down: pass.members.iter().all(|member| member.disabled),
    })
}

fn waits(pass: &Pass) -> Waits {
    let wait = |timeout: &Timeout| Wait {
        time: timeout.time,
        directive: timeout.directive.to_owned(),
        place: timeout.place.clone(),
    };
    Waits {
        connect: Some(wait(&pass.connect)),
        read: Some(wait(&pass.timeout)),
    }
}

fn protocol(scheme: &str) -> Protocol {
    match scheme {
        "https" | "wss" | "h2" => Protocol::Https,
        "fcgi" => Protocol::FastCgi,
        "uwsgi" => Protocol::Uwsgi,
        "scgi" => Protocol::Scgi,
        "ajp" => Protocol::Ajp,
        "h2c" => Protocol::Grpc,
        _ => Protocol::Http,
    }
}

impl<'k> Case<'k> {
    /// Whether Apache gave a good answer between two moments: what it logged then,
    /// in the log of the site or in the one for all others.
    pub(in crate::case) fn apache_answered(&self, from: Moment, until: Moment) -> Option<bool> {
        let usual = [
            "/var/log/apache2/access.log",
            "/var/log/apache2/other_vhosts_access.log",
        ];
        let (own, _) = self.apache_access_log();
        match own.filter(|_| self.is_access_log_piped()) {
            Some(own) => self.answered_in(&[own.as_str()], from, until),
            None => self.answered_in(&usual, from, until),
        }
    }

    /// The same by access logs in the common format; none when there are none.
    pub(in crate::case) fn answered_in(
        &self,
        paths: &[&str],
        from: Moment,
        until: Moment,
    ) -> Option<bool> {
        let logs: Vec<Fact<&[u8]>> = paths
            .iter()
            .map(|path| self.access_text(&HostPath::new(*path)))
            .collect();
        let good = |line: &[u8]| {
            let (_, rest) = scan::split_once(line, " [")?;
            let (time, rest) = scan::split_once(rest, "] \"")?;
            let (civil, zone) = log_time::day_first(time)?;
            let offset = log_time::zone(zone.trim_ascii()).map_or(0, |(offset, _)| offset);
            let at = civil.moment(offset)?;
            let (_, behind) = scan::split_once(rest, "\" ")?;
            let (status, _) = scan::number(behind)?;
            let then = at >= from.plus_secs(-1) && at <= until.plus_secs(1);
            Some(then && is_good(status))
        };
        let texts = logs.iter().filter_map(|log| log.found());
        let mut lines = texts.flat_map(|text| text.split(|b| *b == b'\n'));
        if lines.any(|line| good(line) == Some(true)) {
            return Some(true);
        }
        // The answer may be in the log that could not be read.
        let unread = logs.iter().any(|log| log.gap().is_some());
        let read = logs.iter().any(|log| log.found().is_some());
        (read && !unread).then_some(false)
    }

    /// The newest records of the access log that this request goes to, oldest first.
    pub(in crate::case) fn apache_access_records(&self) -> Fact<Vec<AccessRecord<'k>>> {
        let (path, format) = self.apache_access_log();
        let Some(path) = path else {
            return Fact::Absent(Source::new("Apache's access log"));
        };
        let text = self.access_text(&path);
        text.map(|bytes| access_log::read(bytes, &format).records)
    }

    pub(in crate::case) fn access_text(&self, path: &HostPath) -> Fact<&'k [u8]> {
        let question = Question::File {
            path: path.clone(),
            view: self.proxy_view(),
            part: Part::Tail {
                bytes: ACCESS_TAIL,
                round: 0,
            },
        };
        let allow = "run as root, or as a member of the group adm";
        self.known.bytes(&question, &path.to_string(), allow)
    }
}
