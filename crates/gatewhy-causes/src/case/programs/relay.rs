//! `systemd-socket-proxyd` behind the seam: it passes a connection's bytes on to one
//! address, and answers nothing itself. Its command line is its configuration.
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::gateway::log::Logged;
use crate::case::gateway::record::Record;
use crate::case::programs::kind::Kind;
use crate::case::routing::way::Way;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::forward::{Address, Route, Scheme, Target};
use gatewhy_facts::linux::processes::Listed;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::systemd::socket_proxy;
use gatewhy_facts::time::Moment;

impl<'k> Case<'k> {
    /// The unit of the relay, when the proxy is one.
    pub(in crate::case) fn relay_unit(&self) -> Option<Unit> {
        let is_relay = self.proxy_kind() == Kind::SocketProxy;
        let unit = is_relay.then(|| self.proxy_unit())?;
        unit.found().cloned()
    }

    /// The file of the unit that a relay's process belongs to.
    pub(in crate::case) fn relay_file(&self, pid: u32) -> Option<HostPath> {
        let unit = self.unit_of(pid).and_then(|name, _| self.unit(&name));
        unit.found()?.fragment_path.as_ref().map(HostPath::new)
    }

    /// The way of a connection that a relay takes: to its one target.
    pub(in crate::case) fn relay_way(&self) -> Fact<Way> {
        match self.proxy() {
            Fact::Unknown(gap) => Fact::Unknown(gap),
            Fact::Absent(source) => Fact::Absent(source),
            Fact::Found(proxy, source) => match self.relay_target(proxy.master) {
                Some((address, written)) => self.forwarded(self.relay_route(address, written)),
                None => Fact::Unknown(Gap::new(
                    format!("where {} passes connections on to", socket_proxy::PROGRAM),
                    format!("{} names no address that can be dialled", source.place),
                    "",
                )),
            },
        }
    }

    fn relay_target(&self, pid: u32) -> Option<(Address, String)> {
        let processes = self.processes();
        let words = processes.found()?.get(pid)?.arguments.iter();
        let words: Vec<Cow<'_, str>> = words.map(|word| String::from_utf8_lossy(word)).collect();
        let (address, written) = socket_proxy::target(words.iter().map(AsRef::as_ref))?;
        Some((address, written.to_owned()))
    }

    fn relay_route(&self, address: Address, written: String) -> Route {
        let request = self.request;
        let inner = request.inner.as_ref();
        let place = self.place_in_unit(self.relay_unit().as_ref(), &written);
        let scheme = if request.tls {
            Scheme::Https
        } else {
            Scheme::Http
        };
        Route {
            sent: request.path.clone(),
            tls_name: self.offered_by_visitor(),
            // Who begins with that header begins with it here, too.
            sends_proxy: inner
                .filter(|inner| inner.proxy_header)
                .map(|_| Place::default()),
            targets: vec![Target {
                name: String::new(),
                address,
                scheme,
                written,
                place,
            }],
            ..Route::default()
        }
    }

    /// What the relay wrote to the journal of its unit. It names no visitor, and knows
    /// one backend: a line is ours by its time.
    pub(in crate::case) fn relay_log(&self, round: u8) -> Fact<Vec<Logged<'k>>> {
        let since = self.clock().map(|clock| clock.now.plus_secs(-1));
        self.unit_lines(round, |line, at, place| {
            self.relay_logged(line, at, place, since)
        })
    }

    fn relay_logged(
        &self,
        line: &[u8],
        at: Moment,
        place: &str,
        since: Option<Moment>,
    ) -> Option<Logged<'k>> {
        let symptom = socket_proxy::symptom(line)?;
        let record = Record {
            raw: line.to_vec().into(),
            message: line.to_vec().into(),
            errno: None,
            symptom: Some(symptom),
            text: None,
            number: None,
            upstream: self.only_dial(),
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
            own: since.is_some_and(|since| at >= since),
        })
    }
}

impl Link<'_, '_> {
    /// Whether only a relay listens there, running or about to be started by its socket:
    /// what it does tells of the backend behind it, never of itself.
    pub fn is_relay(&self) -> bool {
        let service = || self.live_service();
        self.proxy_behind() == Some(Kind::SocketProxy)
            || service()
                .found()
                .is_some_and(|service| is_relay(&service.unit))
    }

    /// That nobody looked behind the relay; none where the request is followed there.
    pub fn gap_behind_relay(&self) -> Option<Gap> {
        if self.case.inner_request().is_some() {
            return None;
        }
        let what = format!(
            "what is behind {} on {}",
            socket_proxy::PROGRAM,
            self.address()
        );
        let why = "it only passes connections on, and was not followed";
        let allow = "systemctl cat shows where to: the last word of the unit's ExecStart=";
        Some(Gap::new(what, why, allow))
    }
}

/// Whether a process is a relay: by the name that the kernel keeps, and the command line.
pub(in crate::case) fn is_relay_process(process: &Listed) -> bool {
    let program = process.arguments.first();
    process.stat.comm == socket_proxy::COMM
        && program.is_some_and(|word| socket_proxy::is_it(&String::from_utf8_lossy(word)))
}

/// Whether a unit starts nothing but a relay.
pub(in crate::case) fn is_relay(unit: &Unit) -> bool {
    let programs = unit.commands.start.iter();
    let mut programs = programs.filter_map(|exec| exec.argv.first()).peekable();
    programs.peek().is_some() && programs.all(|program| socket_proxy::is_it(program))
}
