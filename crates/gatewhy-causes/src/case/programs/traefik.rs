//! Traefik behind the seam.
//!
//! Why a backend failed stands in its log only at the level `DEBUG`; failed health
//! checks from `WARN` on. Usually it logs neither, and the backend itself has to tell.
use crate::case::Case;
use crate::case::gateway::access_log::is_good;
use crate::case::gateway::log::Logged;
use crate::case::gateway::record::Record;
use crate::case::programs::kind::Kind;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::log_line::{self, Server};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::scan::without_colours;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::time::Moment;
use gatewhy_facts::traefik::access_log;
use gatewhy_facts::traefik::config::Config;

impl<'k> Case<'k> {
    /// Traefik's configuration on disk; absent when the proxy is another one.
    pub fn traefik(&self) -> Fact<&Config> {
        let load = || match self.on_disk(Kind::Traefik) {
            Fact::Absent(_) if self.proxy_kind() == Kind::Traefik => self.traefik_by_words(),
            read => read,
        };
        self.cells.traefik.get_or_init(load).as_ref()
    }

    /// What Traefik logged: in the file that the configuration names, or in the journal
    /// of its unit.
    pub(in crate::case) fn traefik_log(&self, round: u8) -> Fact<Vec<Logged<'k>>> {
        self.own_lines(round, |line, at, place| {
            self.traefik_logged(line, at, place)
        })
    }

    fn traefik_logged(&self, line: &[u8], at: Option<Moment>, place: &str) -> Option<Logged<'k>> {
        let line = &without_colours(line);
        let told = log_line::recognise(line).filter(|told| told.server == Server::Traefik)?;
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        let at = at.or_else(|| told.at?.moment(offset))?;
        let upstream = self.dial_told(told.peer);
        let checks = told.symptom == Some(Symptom::HealthCheckFailed);
        let own = !checks && self.may_be_ours(told.message, upstream.as_ref(), at);
        Some(Logged {
            own,
            record: Record {
                upstream,
                ..Record::told(line, &told)
            },
            at,
            source: Source::new(place.to_owned()).at_time(at),
        })
    }

    /// Whether Traefik gave a good answer between two moments; none when it keeps no
    /// access log that could be read.
    pub(in crate::case) fn traefik_answered(&self, from: Moment, until: Moment) -> Option<bool> {
        let answers = self.traefik_answers()?;
        Some(answers.into_iter().any(|(at, status)| {
            let then = at >= from.plus_secs(-1) && at <= until.plus_secs(1);
            then && is_good(u64::from(status))
        }))
    }

    /// When it answered lately, and with what status: the end of its access log, in a
    /// file or in the journal; none where that is off or could not be read.
    pub(crate) fn traefik_answers(&self) -> Option<Vec<(Moment, u16)>> {
        let config = self.traefik();
        let config = config.found().filter(|config| config.logs_requests())?;
        let of = |line: &[u8]| access_log::read(line).map(|told| (told.at, told.status));
        if let Some(path) = config.access_log() {
            let text = self.access_text(&HostPath::new(path));
            let lines = text.found()?.split(|byte| *byte == b'\n');
            return Some(lines.filter_map(of).collect());
        }
        let unit = self.proxy_unit();
        let journal = self.journal_in(&unit.found()?.id, 1);
        let entries = journal.found()?.entries.iter();
        Some(
            entries
                .filter_map(|entry| of(entry.message.as_deref()?))
                .collect(),
        )
    }
}
