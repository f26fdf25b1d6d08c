//! Whether the running proxy knows the configuration that is on disk.
//!
//! nginx reads its files when it starts or is reloaded, and never again. What it
//! does (the address in its record about our own request, the sockets it listens on)
//! is compared with what the files say.
use crate::case::Case;
use crate::case::gateway::log::{Logged, is_peer};
use crate::case::gateway::misconfigured::Misconfigured;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::{Dial, Peer};
use crate::case::routing::route::source_of;
use crate::case::system::host;
use crate::case::visit::front::Why;
use crate::evidence::{Evidence, Strength};
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::nginx::handler::Target;
use gatewhy_facts::nginx::route;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Question, View};
use gatewhy_facts::source_text::Place;
use gatewhy_facts::time::Moment;

/// The most files whose time is looked at.
const FILES: usize = 96;

/// A running proxy that does not know what is on disk.
#[derive(Clone, Debug)]
pub struct Outdated {
    /// What it does that the files do not say.
    pub way: Way,
    /// Files that changed after its newest worker was started, newest first.
    pub newer: Vec<Changed>,
    /// Its newest worker, and when that was started.
    pub worker: Option<(u32, Moment)>,
    /// How sure it is.
    pub sure: Strength,
    /// Why a reload failed since, if one did.
    pub fault: Option<Misconfigured>,
}

/// What a running proxy does that the files do not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// It dials an address that the files have not.
    Dials {
        /// The address it used for our own request.
        used: Dial,
        /// How that is known.
        known: Box<Evidence>,
        /// The addresses on disk, with their lines.
        on_disk: Vec<(Dial, Option<Place>)>,
    },
    /// It does not listen on a port that the files name.
    NotListening(Option<Place>),
}

/// A file and when it was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The file, as the configuration includes it.
    pub path: HostPath,
    /// When it was changed.
    pub at: Moment,
}

impl<'k> Case<'k> {
    /// The newest worker, and when it was started: a successful reload starts new
    /// ones.
    pub fn newest_worker(&self) -> Option<(u32, Moment)> {
        let proxy = self.proxy();
        let proxy = proxy.found()?;
        let processes = self.processes();
        let all = processes.found()?;
        let clock = self.clock()?;
        let pids = proxy.workers.iter().chain([&proxy.master]);
        let started = pids.filter_map(|pid| {
            let ticks = all.get(*pid)?.stat.start_ticks;
            Some((*pid, clock.at_ticks(ticks)))
        });
        started.max_by_key(|(_, at)| *at)
    }

    /// The configuration's files that changed after a moment, newest first.
    pub fn changed_since(&self, moment: Moment) -> Vec<Changed> {
        let nginx = self.nginx();
        let files = nginx.found().map(|nginx| nginx.files.as_slice());
        let all = files.unwrap_or_default().iter().take(FILES);
        let times = all.filter_map(|path| {
            let walk = self.walk(path);
            let at = walk.found()?.changed()?;
            let path = path.clone();
            Some(Changed { path, at })
        });
        let mut newer: Vec<Changed> = times.filter(|file| file.at > moment).collect();
        newer.sort_by(|a, b| (b.at, &a.path).cmp(&(a.at, &b.path)));
        newer
    }

    /// What the running proxy does that the files on disk do not say. Absent when
    /// nothing of the kind is seen.
    pub fn outdated(&self) -> Fact<&Outdated> {
        let find = || self.find_outdated();
        self.cells.outdated.get_or_init(find).as_ref()
    }

    fn find_outdated(&self) -> Fact<Outdated> {
        let nothing = Source::new("the proxy's own records");
        let by_sockets = self.front().and_then(|front, source| match &front.why {
            Why::NotLoaded(place) => {
                let way = Way::NotListening(place.clone());
                Fact::Found((way, front.fault.clone()), source)
            }
            _ => Fact::Absent(source),
        });
        match by_sockets {
            Fact::Found((way, fault), source) => {
                Fact::Found(self.told(way, fault, Strength::Proof), source)
            }
            Fact::Unknown(gap) => Fact::Unknown(gap),
            Fact::Absent(_) => match self.dials_otherwise() {
                Some((way, sure)) => {
                    Fact::Found(self.told(way, self.reload_fault(), sure), nothing)
                }
                None => Fact::Absent(nothing),
            },
        }
    }

    fn told(&self, way: Way, fault: Option<Misconfigured>, sure: Strength) -> Outdated {
        let worker = self.newest_worker();
        let newer = worker.map_or_else(Vec::new, |(_, at)| self.changed_since(at));
        Outdated {
            way,
            newer,
            worker,
            sure,
            fault,
        }
    }

    /// Why a reload failed after the newest worker was started.
    fn reload_fault(&self) -> Option<Misconfigured> {
        let (_, since) = self.newest_worker()?;
        let unit = self.proxy_unit();
        let said = self
            .emergencies(unit.found(), since)
            .into_iter()
            .next_back();
        self.misconfigured(said)
    }

    /// The address that nginx dialled for our own request, when the files on disk
    /// do not have it, and how sure it is that nothing else explains it.
    fn dials_otherwise(&self) -> Option<(Way, Strength)> {
        if self.proxy_kind() == Kind::Caddy {
            return self.caddy_dials_otherwise();
        }
        if !self.is_route_known() {
            return None;
        }
        let disk = self.peers_on_disk();
        let record = self.foreign_record(&disk)?;
        let used = record.record.upstream.clone()?;
        let newer = self
            .newest_worker()
            .is_some_and(|(_, at)| !self.changed_since(at).is_empty());
        let sure = match (self.is_dialled_on_disk(&used), newer, self.is_computed()) {
            (Some(false), true, false) => Strength::Proof,
            (Some(false), _, _) | (_, true, _) => Strength::Strong,
            (_, false, _) => return None,
        };
        let on_disk = disk.into_iter().map(|peer| (peer.dial, peer.place));
        let said = format!(
            "{} logged for our request: {}",
            self.proxy_name(),
            record.message()
        );
        let way = Way::Dials {
            used,
            known: Box::new(Evidence::strong(said, &record.source)),
            on_disk: on_disk.collect(),
        };
        Some((way, sure))
    }

    /// Whether the files tell for certain where the request goes: to a backend, or to
    /// an answer of nginx's own.
    fn is_route_known(&self) -> bool {
        let route = self.route();
        let Some(routed) = route.found() else {
            return false;
        };
        let outcome = &routed.route.outcome;
        routed.route.gaps.is_empty()
            && matches!(
                outcome,
                route::Outcome::Backend(_) | route::Outcome::Answer(_)
            )
    }

    /// The newest record about our own request that names an address which is none
    /// of these. Names may have had other addresses when nginx started, and a
    /// request may ask more than one backend: then nothing is foreign.
    fn foreign_record(&self, disk: &[Peer]) -> Option<&Logged<'k>> {
        if disk.iter().any(has_own_resolution) {
            return None;
        }
        let mut own = self.own_records();
        own.retain(|logged| !logged.record.is_subrequest && logged.record.upstream.is_some());
        let known =
            |logged: &&Logged<'k>| disk.iter().any(|peer| is_peer(&logged.record, &peer.dial));
        if own.iter().any(known) {
            return None;
        }
        own.pop()
    }

    /// Whether the files name this address anywhere; none when not all were read.
    fn is_dialled_on_disk(&self, dial: &Dial) -> Option<bool> {
        let all = self.dialled();
        Some(all.found()?.iter().any(|other| other.dial == *dial))
    }

    /// Whether the backend's address is put together from variables.
    fn is_computed(&self) -> bool {
        self.call()
            .is_some_and(|call| matches!(call.pass.target, Target::Variable))
    }

    /// The backends that count: those on disk, unless the running proxy uses others
    /// and those on disk would not answer either: then a reload mends nothing, and
    /// what is used now is what fails. Where the files do not tell the backend, the
    /// proxy's own record does.
    pub(in crate::case) fn peers_that_count(&self, disk: Vec<Peer>) -> Vec<Peer> {
        let all_read = self
            .nginx()
            .found()
            .is_some_and(|nginx| nginx.gaps.is_empty());
        let Some(used) = self.foreign_record(&disk).filter(|_| all_read) else {
            return disk;
        };
        let (Some(dial), Some(protocol)) = (used.record.upstream.clone(), used.record.protocol)
        else {
            return disk;
        };
        let fails = |peer: &Peer| self.direct(peer).found().is_some_and(|d| !d.is_good());
        if !disk.iter().all(fails) {
            return disk;
        }
        let on_disk = self.dialled();
        let on_disk = on_disk.found().into_iter().flatten();
        let mut on_disk = on_disk.filter(|other| other.dial == dial);
        let place = on_disk.next().map(|other| other.place.clone());
        vec![Peer {
            written: dial.to_string(),
            dial,
            protocol,
            place,
            group: None,
            down: false,
            backup: false,
            sends_proxy: None,
            name: None,
        }]
    }

    /// Whether the files on disk lead to a backend that answers.
    pub fn disk_leads_to_answer(&self) -> Option<bool> {
        let disk = self.peers_on_disk();
        let mut all_known = true;
        for peer in &disk {
            match self.direct(peer) {
                Fact::Found(direct, _) if direct.is_good() => return Some(true),
                Fact::Found(..) | Fact::Absent(_) => {}
                Fact::Unknown(_) => all_known = false,
            }
        }
        all_known.then_some(false)
    }

    /// One line of a file of the configuration, counted from 1.
    pub fn config_line(&self, path: &HostPath, line: u32) -> Option<Vec<u8>> {
        let view: View = self.proxy_view();
        let question = Question::file_in(path.to_string(), view);
        let fact = self.known.file(&question);
        let at = usize::try_from(line.checked_sub(1)?).ok()?;
        let line = fact.found()?.split(|byte| *byte == b'\n').nth(at)?;
        Some(line.to_vec())
    }
}

/// A name that is looked up may have another address by now; `localhost` has not.
fn has_own_resolution(peer: &Peer) -> bool {
    matches!(peer.dial, Dial::Name(..))
        || peer
            .name
            .as_ref()
            .is_some_and(|name| !name.eq_ignore_ascii_case("localhost"))
}

impl Outdated {
    /// That files are newer than the newest worker, as evidence.
    pub fn newer(&self, case: &Case<'_>) -> Option<Evidence> {
        let proxy = case.proxy_name();
        let (pid, started) = self.worker?;
        let file = self.newer.first()?;
        let text = format!(
            "{} was changed {}, and {proxy}'s newest worker (process {pid}) was started before, {}",
            file.path,
            case.ago(file.at),
            case.ago(started)
        );
        let source = Source::new(file.path.to_string()).at_time(file.at);
        Some(Evidence::proof(text, &source))
    }

    /// What the running proxy does, as evidence.
    pub fn does(&self, case: &Case<'_>) -> Vec<Evidence> {
        let proxy = case.proxy_name();
        match &self.way {
            Way::Dials { known, on_disk, .. } => {
                let mut all = vec![Evidence::clone(known)];
                let lines = on_disk.iter().filter_map(|(dial, place)| {
                    let place = place.as_ref()?;
                    let text = format!("on disk it is {dial}");
                    let source = source_of(place);
                    Some(Evidence::strong(text, &source).with_excerpt(case.excerpt(place)))
                });
                all.extend(lines);
                all
            }
            Way::NotListening(place) => {
                let port = case.request.port;
                let text = format!("{proxy} runs, and does not listen on port {port}");
                let mut all = vec![Evidence::proof(text, &host::sockets_source())];
                all.extend(place.as_ref().map(|place| {
                    let text = format!("on disk it listens on port {port}");
                    let source = source_of(place);
                    Evidence::strong(text, &source).with_excerpt(case.excerpt(place))
                }));
                all
            }
        }
    }
}
