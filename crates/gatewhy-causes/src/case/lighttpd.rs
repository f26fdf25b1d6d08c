//! lighttpd behind the seam.
use super::Case;
use super::kind::Kind;
use super::log::Logged;
use super::peer::Dial;
use super::record::Record;
use super::way::Way;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::lighttpd::config::{self, Config};
use gatewhy_facts::lighttpd::route;
use gatewhy_facts::log_line::{self, Server};
use gatewhy_facts::nginx::error_log::Peer as Named;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::scan;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown;

impl<'k> Case<'k> {
    /// lighttpd's configuration on disk; absent when the proxy is another one.
    pub fn lighttpd(&self) -> Fact<&Config> {
        let load = || {
            if self.proxy_kind() != Kind::Lighttpd {
                return Fact::Absent(Source::new("the proxy's executable"));
            }
            let main = self.config_path();
            let read = config::load(&self.files(), &main);
            let source = Source::new(main.to_string());
            match read.gaps.iter().find(|gap| gap.is_pending()) {
                Some(gap) => Fact::Unknown(gap.clone()),
                None if !read.is_there && read.gaps.is_empty() => Fact::Absent(source),
                None => Fact::Found(read, source),
            }
        };
        self.cells.lighttpd.get_or_init(load).as_ref()
    }

    pub(super) fn lighttpd_wants(&self, port: u16) -> bool {
        let main = HostPath::new(Kind::Lighttpd.default_config());
        let read = config::load(&self.host_files(), &main);
        route::ports(&read)
            .iter()
            .any(|(listens, _)| *listens == port)
    }

    /// The lines that let lighttpd listen on the URL's port.
    pub(super) fn lighttpd_listens(&self) -> Vec<Place> {
        let config = self.lighttpd();
        let all = config.found().map(|config| route::ports(config));
        let wanted = all.into_iter().flatten();
        wanted
            .filter(|(port, _)| *port == self.request.port)
            .map(|(_, place)| place)
            .collect()
    }

    pub(super) fn lighttpd_way(&self) -> Fact<Way> {
        let request = match self.as_forwarded() {
            Ok(request) => request,
            Err(gap) => return Fact::Unknown(gap),
        };
        self.lighttpd()
            .and_then(|config, _| self.forwarded(route::route(config, &self.files(), &request)))
    }

    pub(super) fn lighttpd_log(&self, round: u8) -> Fact<Vec<Logged<'k>>> {
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
        let upstream = match told.peer {
            Some(Named::Inet(address)) => Some(self.peer_at(Dial::Tcp(address))),
            Some(Named::Unix(path)) => Some(Dial::Unix(HostPath::new(shown(path).to_string()))),
            Some(Named::Name(_)) | None => self.only_dial(),
        };
        let own = self.may_be_ours(told.message, upstream.as_ref(), at);
        let record = Record {
            raw: line.into(),
            message: told.message.into(),
            errno: told.errno,
            symptom: told.symptom,
            text: told.text.map(Into::into),
            number: told.number,
            upstream,
            protocol: None,
            pid: None,
            request: None,
            host: None,
            is_subrequest: false,
            handshaking: false,
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
    fn may_be_ours(&self, message: &[u8], upstream: Option<&Dial>, at: Moment) -> bool {
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
    pub(super) fn lighttpd_answered(&self, from: Moment, until: Moment) -> Option<bool> {
        let config = self.lighttpd();
        let mut sets = config.found()?.sets.iter();
        let set = sets.rfind(|set| set.key == "accesslog.filename")?;
        self.answered_in(&[set.value.text()?], from, until)
    }
}
