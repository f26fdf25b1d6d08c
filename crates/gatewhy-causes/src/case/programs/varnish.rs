//! Varnish behind the seam.
use crate::case::Case;
use crate::case::gateway::log::Logged;
use crate::case::gateway::record::Record;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use crate::case::routing::way::Way;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Command, Question};
use gatewhy_facts::source_text::Place;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::time::Moment;
use gatewhy_facts::varnish::command_line::CommandLine;
use gatewhy_facts::varnish::log::{self, Failure, Transaction};
use gatewhy_facts::varnish::route;
use gatewhy_facts::varnish::vcl::Vcl;

/// How far back its log is read.
const LOG_SECS: i64 = 60;
/// Where its log is: in the memory that it shares.
pub(crate) const MEMORY: &str = "varnishlog -d -g request";

impl<'k> Case<'k> {
    /// What varnishd was started with: by the running process, or by its unit.
    pub fn varnish_command(&self) -> Option<CommandLine> {
        let processes = self.processes();
        let all = processes.found()?;
        if let Some(master) = Kind::Varnish.masters(all).first() {
            let words: Vec<String> = master
                .arguments
                .iter()
                .map(|word| String::from_utf8_lossy(word).into_owned())
                .collect();
            return Some(CommandLine::read(words.iter().map(String::as_str)));
        }
        let units = self.usual_units(Kind::Varnish);
        let unit = units.found()?.iter().find(|unit| unit.exists())?;
        let words = unit.commands.start_words();
        Some(CommandLine::read(words))
    }

    /// The VCL on disk; absent when the proxy is another one, or has none.
    pub fn varnish(&self) -> Fact<&Vcl> {
        let load = || self.on_disk(Kind::Varnish);
        self.cells.varnish.get_or_init(load).as_ref()
    }

    pub(in crate::case) fn varnish_wants(&self, port: u16) -> bool {
        self.varnish_command()
            .is_some_and(|command| command.ports.contains(&port))
    }

    /// Varnish's ports stand in no file of its own; the VCL stands for them.
    pub(in crate::case) fn varnish_listens(&self) -> Vec<Place> {
        let file = self.config_path();
        let place = Place {
            file,
            ..Place::default()
        };
        let wants = self.varnish_wants(self.request.port);
        wants.then_some(place).into_iter().collect()
    }

    pub(in crate::case) fn varnish_way(&self) -> Fact<Way> {
        let request = match self.as_forwarded() {
            Ok(request) => request,
            Err(gap) => return Fact::Unknown(gap),
        };
        let command = self.varnish_command().unwrap_or_default();
        if let (Some(address), None) = (&command.backend, &command.vcl) {
            let file = self.config_path();
            return self.forwarded(route::without_vcl(address, &command, &request, &file));
        }
        self.varnish()
            .and_then(|vcl, _| self.forwarded(route::route(vcl, &command, &request)))
    }

    /// What Varnish keeps in memory of requests that failed lately.
    pub(in crate::case) fn varnish_log(&self, round: u8) -> Fact<Vec<Logged<'k>>> {
        let Some(clock) = self.clock() else {
            let gap = self.clock_gap();
            let none = || Gap::new("the host's clock", "it is not known", "");
            return Fact::Unknown(gap.unwrap_or_else(none));
        };
        let since = clock.now.plus_secs(-LOG_SECS);
        self.varnish_kept(since, round).map(|(all, _)| {
            let told = all
                .iter()
                .flat_map(|one| one.failures.iter().map(move |failure| (one, failure)));
            told.filter_map(|(one, failure)| self.varnish_logged(one, failure))
                .collect()
        })
    }

    /// The requests that were answered with 500 or more since a moment, as far as its
    /// memory holds them still; and whether there were more than are read.
    pub(crate) fn varnish_kept(
        &self,
        since: Moment,
        round: u8,
    ) -> Fact<(Vec<Transaction<'k>>, bool)> {
        // What does not run keeps no log.
        if let Fact::Absent(source) = self.proxy() {
            return Fact::Absent(source);
        }
        let name = self.varnish_command().and_then(|command| command.name);
        let question = Question::Run(Command::VarnishLog {
            name,
            since: since.secs(),
            round,
        });
        let allow = "run as root, or as a member of the group varnish";
        let cut = self.known.is_cut(&question);
        let bytes = self.known.bytes(&question, MEMORY, allow);
        bytes.map(|bytes| (log::read(bytes), cut))
    }

    fn varnish_logged(&self, one: &Transaction<'k>, failure: &Failure<'k>) -> Option<Logged<'k>> {
        let at = one.at?;
        Some(Logged {
            record: self.varnish_record(one, failure),
            at,
            source: Source::new(MEMORY).at_time(at),
            own: self.is_at_our_port(one.client),
        })
    }

    /// What a failed fetch tells.
    pub(crate) fn varnish_record(
        &self,
        one: &Transaction<'k>,
        failure: &Failure<'k>,
    ) -> Record<'k> {
        let named = failure.backend.and_then(|name| self.backend_named(name));
        let symptom = failure.symptom.map(|symptom| refused(symptom, failure));
        Record {
            raw: failure.message.into(),
            message: failure.message.into(),
            errno: failure.errno,
            symptom,
            text: None,
            number: None,
            upstream: named.or_else(|| self.only_dial()),
            protocol: None,
            pid: None,
            request: None,
            host: one.host.map(Into::into),
            is_subrequest: false,
            handshaking: false,
        }
    }

    /// The peer that a backend's name stands for.
    fn backend_named(&self, name: &[u8]) -> Option<Dial> {
        let vcl = self.varnish();
        let mut all = vcl.found()?.backends.iter();
        let backend = all.find(|backend| backend.name.as_bytes() == name)?;
        let target = route::target(backend)?;
        let peers = &self.way_found()?.peers;
        let of = peers
            .iter()
            .find(|peer| peer.place.as_ref() == Some(&target.place));
        of.map(|peer| peer.dial.clone())
    }

    /// `127.0.0.1 40294`: nobody else has our port.
    fn is_at_our_port(&self, client: &[u8]) -> bool {
        self.own_ends()
            .any(|local| format!("{} {}", local.ip(), local.port()).as_bytes() == client)
    }
}

/// Older versions tell a failed connection without a reason, or with that of another
/// thread; the number counts where it is one.
fn refused(symptom: Symptom, failure: &Failure<'_>) -> Symptom {
    match (symptom, failure.errno) {
        (Symptom::ConnectFailed, Some(111)) => Symptom::ConnectRefused,
        _ => symptom,
    }
}
