//! The newest failure that the proxy's logs tell of: what a person means who names
//! no URL.
use crate::case::Case;
use crate::case::gateway::proxy_unit::DEFAULT_LOG;
use crate::case::request::Request;
use alloc::sync::Arc;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::known::Known;
use gatewhy_facts::nginx::access_log;
use gatewhy_facts::nginx::authority::Authority;
use gatewhy_facts::nginx::error_log;
use gatewhy_facts::nginx::tree::Directive;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Part, Question};
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::time::Moment;

/// How much of each log's end is read.
const TAIL: u32 = 256 << 10;
/// The most logs that are read.
const LOGS: usize = 32;

/// A failure in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newest {
    /// The address that failed.
    pub url: String,
    /// When.
    pub at: Moment,
    /// How long ago, in words.
    pub ago: String,
    /// The log that tells of it.
    pub log: HostPath,
}

/// The newest failure, as far as the answers go. What is still wanted is noted in
/// `known`.
pub fn newest_failure(known: &Known) -> Option<Newest> {
    let anywhere = Request::parse(None).ok()?;
    let case = Case::new(known, &anywhere);
    let offset = case.clock()?.utc_offset_secs;
    let mut all = Vec::new();
    for log in logs(&case) {
        let question = Question::File {
            path: log.path.clone(),
            view: case.proxy_view(),
            part: Part::Tail {
                bytes: TAIL,
                round: 0,
            },
        };
        if let Fact::Found(bytes, _) = known.file(&question) {
            all.extend(log.newest(&case, bytes, offset));
        }
    }
    // Of two about the same second, the error log's names the host.
    all.sort_by_key(|found: &Newest| found.at);
    all.pop()
}

/// One log of the proxy.
struct Log {
    path: HostPath,
    kind: Kind,
}

enum Kind {
    Error,
    /// With the format's name, and the first name of the server that has it for itself.
    Access(Option<String>, Option<String>),
}

/// The logs that the configuration names; the usual error log when it names none.
fn logs(case: &Case<'_>) -> Vec<Log> {
    let nginx = case.nginx();
    let mut all: Vec<Log> = Vec::new();
    if let Some(nginx) = nginx.found() {
        for directive in &nginx.directives {
            collect(case, directive, None, &mut all);
        }
    }
    // An access log comes before an error log, which tells more.
    if !all.iter().any(|log| matches!(log.kind, Kind::Error)) {
        all.push(Log {
            path: HostPath::new(DEFAULT_LOG),
            kind: Kind::Error,
        });
    }
    all.sort_by_key(|log| matches!(log.kind, Kind::Error));
    let mut seen = BTreeSet::new();
    all.retain(|log| seen.insert(log.path.clone()));
    all.truncate(LOGS);
    all
}

fn collect(case: &Case<'_>, directive: &Arc<Directive>, server: Option<&str>, all: &mut Vec<Log>) {
    let word = |index| {
        let word: &[u8] = directive.arg(index)?;
        Some(String::from_utf8_lossy(word).into_owned())
    };
    let kind = match () {
        () if directive.is("error_log") => Some(Kind::Error),
        () if directive.is("access_log") => {
            let format = word(1).filter(|word| !word.contains('='));
            Some(Kind::Access(format, server.map(ToOwned::to_owned)))
        }
        () => None,
    };
    let path = word(0).filter(|path| is_path(path));
    if let (Some(kind), Some(path)) = (kind, path) {
        all.push(Log {
            path: case.config_path().parent().join(&path),
            kind,
        });
    }
    let name = directive.is("server").then(|| first_name(directive));
    for inner in directive.block() {
        collect(
            case,
            inner,
            name.as_ref().map_or(server, |n| n.as_deref()),
            all,
        );
    }
}

fn is_path(word: &str) -> bool {
    !matches!(
        word,
        "off" | "stderr" | "/dev/stdout" | "/dev/stderr" | "/dev/null"
    ) && !word.starts_with("syslog:")
        && !word.starts_with("memory:")
        && !word.contains('$')
}

/// The first of a server's names that a visitor could type.
fn first_name(server: &Directive) -> Option<String> {
    let mut names = server.block().iter().filter(|d| d.is("server_name"));
    let names = names.next()?;
    let words = (0..names.args.len()).filter_map(|index| names.arg(index));
    let mut typed = words.filter(|word| is_host(word));
    typed
        .next()
        .map(|word| String::from_utf8_lossy(word).into_owned())
}

fn is_host(word: &[u8]) -> bool {
    let fits = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
    word != b"_" && !word.is_empty() && !word.starts_with(b".") && word.iter().all(fits)
}

impl Log {
    fn newest(&self, case: &Case<'_>, bytes: &[u8], offset: i32) -> Option<Newest> {
        match &self.kind {
            Kind::Error => self.newest_error(case, bytes, offset),
            Kind::Access(format, server) => {
                let format = case.format_named(format.as_deref());
                let records = access_log::read(bytes, &format).records;
                records.into_iter().rev().find_map(|record| {
                    let failed = record.status.is_some_and(|status| status >= 500);
                    let own = server.as_deref().map(str::as_bytes);
                    let host = record.host.filter(|host| is_host(host)).or(own)?;
                    let at = record.at.filter(|_| failed)?;
                    self.found(case, at, host, record.request?)
                })
            }
        }
    }

    fn newest_error(&self, case: &Case<'_>, bytes: &[u8], offset: i32) -> Option<Newest> {
        let records = error_log::read(bytes).records;
        records.into_iter().rev().find_map(|record| {
            record.symptom.and_then(Symptom::error_type)?;
            let context = &record.context;
            let host = context
                .host
                .or(context.server)
                .filter(|host| is_host(host))?;
            let at = record.at?.moment(offset)?;
            self.found(case, at, host, context.request?)
        })
    }

    fn found(&self, case: &Case<'_>, at: Moment, host: &[u8], line: &[u8]) -> Option<Newest> {
        let host = core::str::from_utf8(host).ok()?;
        let line = core::str::from_utf8(line).ok()?;
        let mut words = line.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        let asks = matches!(method, "GET" | "HEAD") && target.starts_with('/');
        let port = host
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok());
        let scheme = if speaks_tls_only(case, port) {
            "https"
        } else {
            "http"
        };
        let target = if asks { target } else { "/" };
        let url = format!("{scheme}://{host}{target}");
        Request::parse(Some(&url)).ok()?;
        Some(Newest {
            url,
            at,
            ago: case.ago(at),
            log: self.path.clone(),
        })
    }
}

/// Whether a visitor must come by TLS: nobody listens for plain HTTP. A server that
/// sends visitors on from there is followed anyway.
fn speaks_tls_only(case: &Case<'_>, port: Option<u16>) -> bool {
    let nginx = case.nginx();
    let servers = nginx.found().and_then(|nginx| nginx.http.as_ref());
    let listens = servers.into_iter().flat_map(|http| &http.servers);
    let mut listens = listens.flat_map(|server| &server.listens);
    if let Some(port) = port {
        return listens.any(|listen| {
            let at = matches!(listen.address, Authority::Ip(address) if address.port() == port);
            at && listen.options.ssl
        });
    }
    let listening = case.tcp_addresses();
    let on = |port| listening.iter().any(|(address, _)| address.port() == port);
    !on(80) && on(443)
}
