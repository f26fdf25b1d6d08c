//! The proxy's access log: what was answered lately.
use crate::case::Case;
use crate::case::programs::kind::Kind;
use alloc::sync::Arc;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::access_log::{self, AccessRecord};
use gatewhy_facts::nginx::log_format::LogFormat;
use gatewhy_facts::nginx::tree::Directive;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Part, Question};
use gatewhy_facts::time::Moment;

/// How much of the log's end is read.
const TAIL: u32 = 128 << 10;
/// What nginx was built with on Debian and Red Hat.
const DEFAULT_LOG: &str = "/var/log/nginx/access.log";

impl<'k> Case<'k> {
    /// The newest records of the access log that this request goes to, oldest first.
    pub fn access_log(&self) -> Fact<Vec<AccessRecord<'k>>> {
        if self.proxy_kind() != Kind::Nginx {
            return Fact::Absent(Source::new("nginx's access log"));
        }
        let (path, format) = self.access_log_setting();
        let Some(path) = path else {
            return Fact::Absent(Source::new("access_log off"));
        };
        let part = Part::Tail {
            bytes: TAIL,
            round: 0,
        };
        let question = Question::File {
            path: path.clone(),
            view: self.proxy_view(),
            part,
        };
        let allow = "run as root, or as a member of the group adm";
        let text = self.known.bytes(&question, &path.to_string(), allow);
        text.map(|bytes| access_log::read(bytes, &format).records)
    }

    /// The log's path, none when it is off, and the format of its lines.
    pub(crate) fn access_log_setting(&self) -> (Option<HostPath>, LogFormat) {
        let set = self
            .settings()
            .and_then(|settings| settings.access_logs.first());
        let Some(words) = set.map(|setting| setting.value.as_slice()) else {
            return (Some(HostPath::new(DEFAULT_LOG)), LogFormat::combined());
        };
        let path = words
            .first()
            .filter(|path| *path != "off" && !path.starts_with("syslog:"));
        let named = words.get(1).filter(|word| !word.contains('='));
        let path = path.map(|path| self.config_path().parent().join(path));
        (path, self.format_named(named.map(String::as_str)))
    }

    /// The format of that name; `combined` where none is named.
    pub fn format_named(&self, name: Option<&str>) -> LogFormat {
        let format = name.and_then(|name| self.log_format(name));
        format.unwrap_or_else(LogFormat::combined)
    }

    fn log_format(&self, name: &str) -> Option<LogFormat> {
        let nginx = self.nginx();
        let http = nginx.found()?.http.as_ref()?;
        let named = |d: &&Arc<_>| directive_is(d, name);
        let directive = http.directive.block().iter().find(named)?;
        let words: Vec<String> = directive
            .args
            .iter()
            .skip(1)
            .map(|word| String::from_utf8_lossy(&word.bytes).into_owned())
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        LogFormat::from_arguments(&words).ok()
    }

    /// Why it is not known whom the proxy has answered well, if it is not.
    pub fn answered_gap(&self) -> Option<Gap> {
        if self.proxy_kind() == Kind::Nginx {
            return self.access_log().gap().cloned();
        }
        // It logs answers only where it is told to.
        if matches!(
            self.proxy_kind(),
            Kind::Caddy
                | Kind::Lighttpd
                | Kind::Varnish
                | Kind::Traefik
                | Kind::Envoy
                | Kind::SocketProxy
        ) {
            return self.log_gap();
        }
        let now = self.clock()?.now;
        let unknown = self.answered_between(now.plus_secs(-1), now).is_none();
        let what = format!("{}'s log of its answers", self.proxy_name());
        unknown.then(|| Gap::new(what, "it could not be read", "run as root"))
    }

    /// That nobody wrote down whom the proxy answered well: whether a backend ever
    /// served is then not known.
    pub fn unlogged_answers(&self) -> Option<Gap> {
        let now = self.clock()?.now;
        if self.proxy_kind() == Kind::Nginx || self.answered_between(now, now).is_some() {
            return None;
        }
        let what = format!("{}'s log of its answers", self.proxy_name());
        Some(Gap::new(what, "it writes none", "switch its access log on"))
    }

    /// Whether the site gave a good answer between two moments: what the proxy
    /// logged then. Unknown when the log could not be read.
    pub fn answered_between(&self, from: Moment, until: Moment) -> Option<bool> {
        match self.proxy_kind() {
            Kind::Nginx => {}
            Kind::Apache => return self.apache_answered(from, until),
            Kind::Haproxy => return self.haproxy_answered(from, until),
            Kind::Caddy => return self.caddy_answered(from, until),
            Kind::Lighttpd => return self.lighttpd_answered(from, until),
            Kind::Traefik => return self.traefik_answered(from, until),
            Kind::Envoy => return self.envoy_answered(from, until),
            // Its memory is asked only for what failed; the other logs nothing else.
            Kind::Varnish | Kind::SocketProxy => return None,
        }
        let log = self.access_log();
        let records = log.found()?;
        let fits = |record: &&AccessRecord<'_>| {
            let host = record
                .host
                .is_none_or(|host| host == self.request.host.as_bytes());
            let good = record.status.is_some_and(|s| is_good(u64::from(s)));
            let then = record
                .at
                .is_some_and(|at| at >= from.plus_secs(-1) && at <= until.plus_secs(1));
            host && good && then
        };
        Some(records.iter().any(|record| fits(&record)))
    }
}

/// Whether a logged status is an answer. 499 is none: the visitor left before there was one.
pub(in crate::case) const fn is_good(status: u64) -> bool {
    status >= 100 && status < 500 && status != 499
}

fn directive_is(directive: &Arc<Directive>, name: &str) -> bool {
    directive.is("log_format") && directive.arg(0) == Some(name.as_bytes())
}
