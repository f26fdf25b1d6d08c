//! Tomcat as a backend: which one is set up for an address, the connector that did not
//! start, and threads that are all taken.
//!
//! Its connectors accept far more connections than they have threads (`maxConnections`),
//! so that the kernel's queue stays empty while every thread is busy. What tells is that
//! requests lie unread in sockets that it has accepted: a thread reads a request as soon
//! as it takes it.
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::exchange::stall::{Why, Workers};
use crate::case::routing::peer::Dial;
use crate::case::service::backend::{Service, Software};
use crate::case::service::doors::Door;
use crate::case::service::units::{journal_source, unit_source};
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::sockets::{self, TcpState};
use gatewhy_facts::nginx::files::Files;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::tomcat::{self, Connector};
use gatewhy_facts::untrusted::{shown, shown_within};

/// The class that its process starts.
const MAIN_CLASS: &[u8] = b"org.apache.catalina.startup.Bootstrap";
/// The option of the JVM that names the folder of an instance.
const BASE: &[u8] = b"-Dcatalina.base=";

/// A connector of a Tomcat, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The connector.
    pub connector: Connector,
    /// Its `server.xml`.
    pub file: HostPath,
}

/// A connector that did not start while its Tomcat runs.
#[derive(Clone, Debug)]
pub struct NoPort {
    /// The connector.
    pub at: Placed,
    /// What Tomcat wrote of it.
    pub said: Option<Evidence>,
    /// Why, in words.
    pub reason: String,
}

/// How busy the threads of a connector are.
#[derive(Clone, Debug)]
pub struct Threads {
    /// The connector.
    pub at: Placed,
    /// Requests that were accepted and that no thread has read.
    pub unread: u64,
    /// Connections whose requests were read, or that wait for a next one.
    pub held: u64,
    /// How many must lie unread when nobody took ours: one may have come just now.
    least: u64,
}

impl Threads {
    /// How many threads there may be.
    pub fn limit(&self) -> u64 {
        let set = self.at.connector.max_threads;
        set.map_or(tomcat::DEFAULT_THREADS, |(limit, _)| limit)
    }

    /// Whether every thread is taken: requests are read by nobody, ours neither, and at
    /// least as many others are held as there are threads.
    pub fn are_taken(&self) -> bool {
        self.unread >= self.least && self.held >= self.limit()
    }

    /// The line that limits them.
    pub fn line(&self) -> Evidence {
        let source = Source::new(self.at.file.to_string());
        if let Some((limit, line)) = self.at.connector.max_threads {
            return Evidence::strong(format!("maxThreads=\"{limit}\""), &source.at_line(line));
        }
        let text = format!(
            "{} sets no maxThreads: {} threads at most",
            self.at.connector.written(),
            self.limit()
        );
        Evidence::strong(text, &source.at_line(self.at.connector.line))
    }

    /// The requests that nobody reads, as evidence.
    pub fn waiting(&self) -> Evidence {
        let text = format!(
            "{} requests were accepted and lie unread: no thread takes them; {} others are held",
            self.unread, self.held
        );
        Evidence::proof(text, &Source::new("connections (sock_diag)"))
    }
}

/// The `server.xml` of the Tomcat that a unit starts; none where it starts none, or does
/// not say which.
pub(in crate::case) fn server_xml(unit: &Unit) -> Option<HostPath> {
    let words = unit.commands.start_words();
    let is_tomcat = |word: &&str| word.contains("catalina") || word.contains("tomcat");
    let word = words.clone().find(is_tomcat)?;
    let option = String::from_utf8_lossy(BASE);
    let named = words.clone().find_map(|word| word.strip_prefix(&*option));
    let set = |name: &str| {
        let mut all = unit.context.environment.iter();
        let found = all.find(|variable| variable.name == name)?;
        found.value.as_deref()
    };
    let base = named
        .or_else(|| set("CATALINA_BASE"))
        .or_else(|| set("CATALINA_HOME"))
        .or_else(|| word.rsplit_once("/bin/").map(|(home, _)| home))?;
    Some(HostPath::new(base).join("conf/server.xml"))
}

/// The first connector of the file on the port that is dialled.
pub(in crate::case) fn connector_for(text: &[u8], dial: &Dial) -> Option<Connector> {
    let port = match dial {
        Dial::Tcp(address) => address.port(),
        Dial::Name(_, port) => *port,
        Dial::Unix(_) => return None,
    };
    let mut all = tomcat::connectors(text).into_iter();
    all.find(|connector| connector.port == Some(port))
}

impl Case<'_> {
    /// The Tomcats that run: process, and `server.xml`.
    fn tomcats(&self) -> Vec<(u32, HostPath)> {
        let processes = self.processes();
        let all = processes.found().into_iter().flat_map(|all| &all.0);
        let of_tomcat = all.filter_map(|(pid, listed)| {
            let words = &listed.arguments;
            let is_main = words.iter().any(|word| word == MAIN_CLASS);
            let base = words.iter().find_map(|word| word.strip_prefix(BASE))?;
            let base = HostPath::new(shown(base).to_string());
            is_main.then(|| (*pid, base.join("conf/server.xml")))
        });
        of_tomcat.collect()
    }

    /// Whether a listener is a Tomcat's: packages bring it, and nothing but web sites
    /// is served by it.
    pub(in crate::case) fn is_tomcat(&self, door: &Door) -> bool {
        let holder = door.holder.found();
        holder.is_some_and(|holder| self.tomcats().iter().any(|(pid, _)| *pid == holder.pid))
    }

    /// The Tomcat that runs and whose `server.xml` names the port.
    pub(in crate::case) fn tomcat_set_up_for(&self, dial: &Dial) -> Fact<Service> {
        let nothing = Fact::Absent(Source::new("the connectors of Tomcat"));
        if dial.unix().is_some() {
            return nothing;
        }
        for (pid, file) in self.tomcats() {
            let connector = match self.connector_in(&file, dial) {
                Fact::Found(connector, _) => connector,
                Fact::Absent(_) => continue,
                Fact::Unknown(gap) => return Fact::Unknown(gap),
            };
            let unit = self.unit_of(pid).and_then(|name, _| self.unit(&name));
            return unit.map(|unit| {
                let source = Source::new(file.to_string()).at_line(connector.line);
                let text = format!(
                    "{} is set up to listen there: {}",
                    unit.id,
                    connector.written()
                );
                Service::sure(unit, Some(Evidence::strong(text, &source)))
            });
        }
        nothing
    }

    fn connector_in(&self, file: &HostPath, dial: &Dial) -> Fact<Connector> {
        let files = self.host_files();
        files
            .read(file)
            .and_then(|text, source| match connector_for(text.bytes, dial) {
                Some(connector) => Fact::Found(connector, source),
                None => Fact::Absent(source),
            })
    }

    /// The connector for the port that is dialled, in the Tomcat that a unit starts.
    pub(in crate::case) fn connector_of(&self, unit: &Unit, dial: &Dial) -> Fact<Placed> {
        let main = unit.processes.main_pid;
        let mut all = self.tomcats().into_iter();
        let running = all.find(|(pid, _)| Some(*pid) == main);
        let Some(file) = running.map(|(_, file)| file).or_else(|| server_xml(unit)) else {
            return Fact::Absent(unit_source(&unit.id));
        };
        self.connector_in(&file, dial)
            .map(|connector| Placed { connector, file })
    }

    /// Why a Tomcat that runs does not listen on a port that its `server.xml` names;
    /// absent where it is no Tomcat, or the file was changed since it started.
    pub(in crate::case) fn port_that_failed(&self, service: &Service, dial: &Dial) -> Fact<NoPort> {
        let unit = &service.unit;
        let source = unit_source(&unit.id);
        if !unit.is_active() {
            return Fact::Absent(source);
        }
        self.connector_of(unit, dial)
            .and_then(|at, place| match self.is_newer(&at.file, unit) {
                Fact::Found(true, source) | Fact::Absent(source) => Fact::Absent(source),
                Fact::Unknown(gap) => Fact::Unknown(gap),
                Fact::Found(false, _) => match self.journal(&unit.id) {
                    Fact::Unknown(gap) => Fact::Unknown(gap),
                    Fact::Found(..) | Fact::Absent(_) => match self.told_of(unit, at) {
                        Some(no_port) => Fact::Found(no_port, place),
                        None => Fact::Absent(place),
                    },
                },
            })
    }

    /// What a Tomcat wrote of a connector that did not start.
    fn told_of(&self, unit: &Unit, at: Placed) -> Option<NoPort> {
        let words = self.own_words(&unit.id);
        let port = at.connector.port?;
        let ends = format!("-{port}\"]]");
        let names = |text: &str| text.contains("component [Connector[") && text.ends_with(&ends);
        let lines = words.iter().enumerate().map(|(number, entry)| {
            let text = entry.message.as_deref().unwrap_or_default();
            (number, entry, shown(text.trim_ascii()).to_string())
        });
        let lines: Vec<_> = lines.collect();
        let failed = lines.iter().rev().find(|(_, _, text)| names(text));
        let begin = failed.map_or(0, |(number, ..)| *number);
        // The stack of the exception follows, its reason last.
        let mut behind = lines.iter().skip(begin).take(80);
        let because = behind.rfind(|(_, _, text)| text.starts_with("Caused by: "));
        let reason = match (&because, at.connector.lacks_secret()) {
            (_, true) => {
                "it wants a secret (secretRequired, true unless set), and none is set".to_owned()
            }
            (Some((_, _, text)), _) if failed.is_some() => {
                shown_within(text.trim_start_matches("Caused by: ").as_bytes(), 120)
            }
            _ => "see what it wrote when it started".to_owned(),
        };
        let said = because.filter(|_| failed.is_some()).or(failed);
        let said = said.map(|(_, entry, text)| {
            let text = format!("it wrote: {}", shown_within(text.as_bytes(), 200));
            Evidence::strong(text, &journal_source(&unit.id, entry))
        });
        (failed.is_some() || at.connector.lacks_secret()).then_some(NoPort { at, said, reason })
    }

    /// Whether a file was changed after a unit's main process started.
    pub(in crate::case) fn is_newer(&self, file: &HostPath, unit: &Unit) -> Fact<bool> {
        if let Some(gap) = self.clock_gap() {
            return Fact::Unknown(gap);
        }
        let started = self.at(unit.times.main_start);
        self.walk(file)
            .and_then(|walk, source| match (walk.changed(), started) {
                (Some(changed), Some(started)) => Fact::Found(changed > started, source),
                _ => Fact::Absent(source),
            })
    }
}

impl Link<'_, '_> {
    /// The threads of the Tomcat that listens here, by its connections after our
    /// requests.
    pub fn tomcat_threads(&self) -> Fact<Threads> {
        let nothing = Fact::Absent(Source::new("the connectors of Tomcat"));
        let (Some(address), Software::Tomcat) = (self.peer.dial.tcp(), self.software()) else {
            return nothing;
        };
        let Some(pid) = self.pid().found().copied() else {
            return nothing;
        };
        let tomcats = self.case.tomcats();
        let Some((_, file)) = tomcats.into_iter().find(|(of, _)| *of == pid) else {
            return nothing;
        };
        let connector = match self.case.connector_in(&file, &self.peer.dial) {
            Fact::Found(connector, _) => connector,
            Fact::Absent(_) => return nothing,
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        self.case.connected_again().map(|all| {
            let here = all.iter().filter(|socket| {
                socket.local.port() == address.port()
                    && socket.inode != 0
                    && socket.state != TcpState::SynSent
            });
            let unread = here.clone().filter(|socket| socket.receive_queue > 0);
            let unread = unread.filter(|socket| !is_only_an_end(socket)).count() as u64;
            let held = here.filter(|socket| socket.receive_queue == 0).count() as u64;
            let at = Placed { connector, file };
            Threads {
                at,
                unread,
                held,
                least: u64::from(self.unaccepted_if_idle()),
            }
        })
    }

    /// A connector whose port is bound and whom nobody serves, because it did not start:
    /// Tomcat binds the ports of all connectors first, and starts them later.
    pub fn deaf_connector(&self) -> Fact<(Service, NoPort)> {
        let source = match self.stall() {
            Fact::Found(stall, source) if stall.why == Why::NotAccepting => source,
            Fact::Found(stall, source) => {
                let unseen = stall.listener.gap().cloned();
                return unseen.map_or(Fact::Absent(source), Fact::Unknown);
            }
            Fact::Unknown(gap) => return Fact::Unknown(gap),
            Fact::Absent(source) => {
                let unasked = self.direct().gap().cloned();
                return unasked.map_or(Fact::Absent(source), Fact::Unknown);
            }
        };
        let process = self.pid().and_then(|pid, _| self.case.process(pid));
        if let Fact::Unknown(gap) = process {
            return Fact::Unknown(gap);
        }
        if self.software() != Software::Tomcat {
            return Fact::Absent(source);
        }
        self.live_service().and_then(|service, _| {
            let no_port = self.case.port_that_failed(&service, &self.peer.dial);
            no_port.map(|no_port| (service, no_port))
        })
    }

    /// As workers, one of which serves one request at a time.
    pub(in crate::case) fn tomcat_workers(&self) -> Option<Workers> {
        let threads = self.tomcat_threads();
        let threads = threads.found()?;
        let limit = threads.limit();
        // Requests that nobody reads though threads are left: the JVM itself stands.
        if threads.unread >= threads.least && !threads.are_taken() {
            return None;
        }
        let idle = if threads.are_taken() {
            0
        } else {
            limit.saturating_sub(threads.held).max(1)
        };
        Some(Workers {
            count: limit,
            limit: Some(limit),
            idle,
            busy: self.pid().found().copied().into_iter().collect(),
        })
    }

    /// Whether every thread of a Tomcat is taken, though it goes on accepting.
    pub(in crate::case) fn threads_are_taken(&self) -> bool {
        self.tomcat_threads()
            .found()
            .is_some_and(Threads::are_taken)
    }

    /// Why the threads of a Tomcat could not be looked at.
    pub(in crate::case) fn threads_gap(&self) -> Option<Gap> {
        self.tomcat_threads().gap().cloned()
    }
}

/// A byte in the queue may be no more than the mark of a connection that was closed.
const fn is_only_an_end(socket: &sockets::TcpSocket) -> bool {
    matches!(socket.state, TcpState::CloseWait) && socket.receive_queue <= 1
}
