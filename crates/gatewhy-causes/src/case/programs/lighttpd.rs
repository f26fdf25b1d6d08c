//! lighttpd behind the seam.
use crate::case::Case;
use crate::case::gateway::log::Logged;
use crate::case::gateway::record::Record;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::lighttpd::config::Config;
use gatewhy_facts::log_line::{self, Server};
use gatewhy_facts::prelude::*;
use gatewhy_facts::scan;
use gatewhy_facts::time::Moment;

impl<'k> Case<'k> {
    /// lighttpd's configuration on disk; absent when the proxy is another one.
    pub fn lighttpd(&self) -> Fact<&Config> {
        let load = || self.on_disk(Kind::Lighttpd);
        self.cells.lighttpd.get_or_init(load).as_ref()
    }

    pub(in crate::case) fn lighttpd_log(&self, round: u8) -> Fact<Vec<Logged<'k>>> {
        let path = self.error_log_path();
        let place = path.to_string();
        self.log_text(&path, round).map(|bytes| {
            let lines = bytes.split(|byte| *byte == b'\n');
            lines
                .filter_map(|line| self.lighttpd_logged(line, &place))
                .collect()
        })
    }

    fn lighttpd_logged(&self, line: &'k [u8], place: &str) -> Option<Logged<'k>> {
        let told = log_line::recognise(line).filter(|told| told.server == Server::Lighttpd)?;
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        let at = told.at?.moment(offset)?;
        let upstream = self.dial_told(told.peer);
        let own = self.may_be_ours(told.message, upstream.as_ref(), at);
        let record = Record {
            upstream,
            host: None,
            ..Record::told(line, &told)
        };
        Some(Logged {
            record,
            at,
            source: Source::new(place.to_owned()).at_time(at),
            own,
        })
    }

    /// No visitor is named: a line is ours by its time, its path where it has one,
    /// and its backend.
    pub(in crate::case) fn may_be_ours(
        &self,
        message: &[u8],
        upstream: Option<&Dial>,
        at: Moment,
    ) -> bool {
        let since = self.clock().map(|clock| clock.now.plus_secs(-1));
        if since.is_none_or(|since| at < since) {
            return false;
        }
        let path = scan::between(message, " for /", "?");
        let ours = self.request.path_only().trim_start_matches('/');
        let same = path.is_none_or(|path| path == ours.as_bytes());
        let known = upstream.is_some_and(|dial| {
            self.way_found()
                .is_some_and(|way| way.peers.iter().any(|peer| peer.dial.is_same(dial)))
        });
        same && (known || path.is_some())
    }

    /// Whether lighttpd gave a good answer between two moments; none when it keeps no
    /// access log.
    pub(in crate::case) fn lighttpd_answered(&self, from: Moment, until: Moment) -> Option<bool> {
        let config = self.lighttpd();
        let mut sets = config.found()?.sets.iter();
        let set = sets.rfind(|set| set.key == "accesslog.filename")?;
        self.answered_in(&[set.value.text()?], from, until)
    }
}
