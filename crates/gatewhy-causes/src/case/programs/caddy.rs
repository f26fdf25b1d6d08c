//! Caddy behind the seam.
use crate::case::Case;
use crate::case::gateway::access_log::is_good;
use crate::case::gateway::log::Logged;
use crate::case::gateway::record::Record;
use crate::case::programs::kind::Kind;
use gatewhy_facts::caddy;
use gatewhy_facts::caddy::model::Config;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::log_line::json::Object;
use gatewhy_facts::log_line::{self, Server};
use gatewhy_facts::nginx::error_log::Peer as Named;
use gatewhy_facts::prelude::*;
use gatewhy_facts::scan;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::time::Moment;

fn with_gap(mut config: Config, gap: Gap) -> Config {
    config.gaps.push(gap);
    config
}

impl<'k> Case<'k> {
    /// Caddy's configuration on disk; absent when the proxy is another one.
    pub fn caddy(&self) -> Fact<&Config> {
        let load = || {
            self.on_disk(Kind::Caddy)
                .and_then(|read, source| self.filled_in(read, source))
        };
        self.cells.caddy.get_or_init(load).as_ref()
    }

    /// With the variables of Caddy's unit in place of their names, where there are any.
    fn filled_in(&self, read: Config, source: Source) -> Fact<Config> {
        if !read.names_variables {
            return Fact::Found(read, source);
        }
        let unit = match self.proxy_unit() {
            Fact::Found(unit, _) => unit,
            Fact::Absent(_) => return Fact::Found(read, source),
            Fact::Unknown(gap) if gap.is_pending() => return Fact::Unknown(gap),
            Fact::Unknown(gap) => return Fact::Found(with_gap(read, gap), source),
        };
        let (variables, unread) = self.variables_of(&unit);
        if let Some(gap) = unread.as_ref().filter(|gap| gap.is_pending()) {
            return Fact::Unknown(gap.clone());
        }
        let config = caddy::load_with(&self.files(), &self.config_path(), &variables);
        let config = match unread {
            Some(gap) => with_gap(config, gap),
            None => config,
        };
        Fact::Found(config, source)
    }

    /// What Caddy logged: in the file that the configuration names, or in the journal
    /// of its unit.
    pub(in crate::case) fn caddy_log(&self, round: u8) -> Fact<Vec<Logged<'k>>> {
        self.own_lines(round, |line, at, place| self.caddy_logged(line, at, place))
    }

    fn caddy_logged(&self, line: &[u8], at: Option<Moment>, place: &str) -> Option<Logged<'k>> {
        let told = log_line::recognise(line).filter(|told| told.server == Server::Caddy)?;
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        let at = at.or_else(|| told.at?.moment(offset))?;
        let request = Object::parse(line).and_then(|line| line.object("request"));
        let own = request.is_some_and(|request| self.is_from_our_port(request));
        Some(Logged {
            own,
            record: self.caddy_record(line, &told),
            at,
            source: Source::new(place.to_owned()).at_time(at),
        })
    }

    /// Visitors are known by address and port: nobody else has ours.
    fn is_from_our_port(&self, request: Object<'_>) -> bool {
        let (Some(ip), Some(port)) = (request.get("remote_ip"), request.get("remote_port")) else {
            return false;
        };
        self.own_ends().any(|local| {
            local.ip().to_string().as_bytes() == ip && local.port().to_string().as_bytes() == port
        })
    }

    pub(crate) fn caddy_record(&self, line: &[u8], told: &log_line::Record<'_>) -> Record<'k> {
        let fields = Object::parse(line);
        let field = |name| fields.and_then(|fields| fields.get(name));
        let logger = field("logger").unwrap_or_default();
        // An access log's line repeats what an error's line tells.
        let symptom = told
            .symptom
            .filter(|_| !logger.starts_with(b"http.log.access"));
        let checked = field("host").filter(|_| symptom == Some(Symptom::HealthCheckFailed));
        let upstream = self.dial_told(checked.map(Named::parse).or(told.peer));
        Record {
            symptom,
            upstream,
            ..Record::told(line, told)
        }
    }

    /// Whether Caddy logged a good answer between two moments; none when it logs no
    /// answers, or that is not known.
    pub(in crate::case) fn caddy_answered(&self, from: Moment, until: Moment) -> Option<bool> {
        let logged = self.log();
        let lines = logged.found()?;
        let status = |line: &Logged<'_>| {
            let fields = Object::parse(&line.record.raw)?;
            let access = fields.get("logger")?.starts_with(b"http.log.access");
            let status = fields.get("status").filter(|_| access)?;
            scan::whole_number::<u16>(status)
        };
        let mut answers = lines
            .iter()
            .filter_map(|line| Some((line.at, status(line)?)))
            .peekable();
        answers.peek()?;
        Some(answers.any(|(at, status)| {
            let then = at >= from.plus_secs(-1) && at <= until.plus_secs(1);
            then && is_good(u64::from(status))
        }))
    }
}
