//! The program behind an address: the one that listens there, or the one that
//! should.
use crate::case::exchange::link::Link;
use crate::case::programs::relay::is_relay_process;
use crate::case::routing::peer::{Dial, Protocol};
use crate::case::service::down::{Down, How};
use crate::case::software::fpm::PoolOf;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::systemd::socket_proxy::PROGRAM;

/// What kind of program it is, which decides which logs and limits matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Software {
    /// PHP-FPM.
    PhpFpm,
    /// Node.js.
    Node,
    /// gunicorn.
    Gunicorn,
    /// uWSGI.
    Uwsgi,
    /// Puma, of Ruby.
    Puma,
    /// Tomcat, of Java.
    Tomcat,
    /// nginx: a proxy behind the proxy.
    Nginx,
    /// Any other program.
    Other,
}

/// The service behind an address that is down, or the process that listens there.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its unit.
    pub unit: Unit,
    /// Why it is thought to belong to the address; none when it listens there.
    pub why: Option<Evidence>,
    /// What could not be read and might name another service for the address.
    pub gaps: Vec<Gap>,
}

impl Service {
    /// A service that nothing unread can put another in the place of.
    pub const fn sure(unit: Unit, why: Option<Evidence>) -> Self {
        Self {
            unit,
            why,
            gaps: Vec::new(),
        }
    }
}

impl<'c> Link<'c, '_> {
    /// The process that listens at the address: the oldest that holds the socket.
    pub fn pid(&self) -> Fact<u32> {
        self.listener()
            .and_then(|listener, _| self.case.holders(listener.inode))
            .and_then(|pids, source| {
                // systemd holds a socket that starts its service on demand.
                match pids.iter().find(|pid| **pid != 1).or(pids.first()) {
                    Some(pid) => Fact::Found(*pid, source),
                    None => Fact::Absent(source),
                }
            })
    }

    /// All processes that hold the listening socket.
    pub fn pids(&self) -> Vec<u32> {
        let holders = self
            .listener()
            .and_then(|listener, _| self.case.holders(listener.inode));
        holders.found().cloned().unwrap_or_default()
    }

    /// The service that listens there now; behind a socket that systemd holds, the
    /// one that it starts.
    pub fn live_service(&self) -> Fact<Service> {
        let unit = self.pid().and_then(|pid, source| match pid {
            1 => self.behind_systemd(source),
            pid => self.case.unit_of(pid),
        });
        unit.and_then(|name, _| self.case.unit(&name))
            .map(|unit| Service::sure(unit, None))
    }

    fn behind_systemd(&self, source: Source) -> Fact<String> {
        let named = self.case.expected_at(&self.peer.dial).named.into_iter();
        let mut sockets = named.filter(|found| found.unit.ends_with(".socket"));
        let Some(socket) = sockets.next() else {
            return Fact::Absent(source);
        };
        self.case.unit(&socket.unit).and_then(|unit, source| {
            match unit.triggers.into_iter().next() {
                Some(name) => Fact::Found(name, source),
                None => Fact::Absent(source),
            }
        })
    }

    /// The service that should listen there, when nobody does: by PHP-FPM's pools
    /// and the files of the host's own services. Several files may name one port;
    /// the first that is not running is meant.
    pub fn missing_service(&self) -> Fact<Service> {
        let cell = &self.case.cells.missing;
        if let Some(known) = cell.borrow().get(&self.peer.dial) {
            return known.clone();
        }
        let found = self.find_missing_service();
        cell.borrow_mut()
            .insert(self.peer.dial.clone(), found.clone());
        found
    }

    fn find_missing_service(&self) -> Fact<Service> {
        if let Some(pool) = self.configured_pool() {
            let unit = self.case.unit(&pool.fpm.unit);
            let text = format!(
                "pool {} of {} is set up to listen there",
                pool.pool.name, pool.fpm.unit
            );
            let source = pool.listen_source();
            return unit.map(|unit| Service::sure(unit, Some(Evidence::strong(text, &source))));
        }
        let dial = &self.peer.dial;
        let ways: [&dyn Fn() -> Fact<Service>; 9] = [
            &|| self.case.service_set_up_for(dial),
            &|| self.case.proxy_set_up_for(dial),
            &|| self.case.tomcat_set_up_for(dial),
            &|| {
                self.case
                    .service_by_its_words(dial)
                    .map(|service| self.unless_unread(service))
            },
            &|| self.no_service(),
            &|| self.case.instance_for(dial),
            &|| self.case.script_for(dial),
            &|| self.case.idle_service_for(dial),
            &|| self.case.only_service_in_trouble(),
        ];
        let mut found = Fact::Absent(Source::new("the host's services"));
        for way in ways {
            if found.is_absent() {
                found = way();
            }
        }
        found
    }

    /// A file that could not be read may name another service, and would have been
    /// believed first.
    fn unless_unread(&self, mut service: Service) -> Service {
        service
            .gaps
            .extend(self.case.services_known().gap().cloned());
        service
    }

    fn no_service(&self) -> Fact<Service> {
        if let Some(gap) = self.case.fpm_gap() {
            return Fact::Unknown(gap);
        }
        match self.case.services_known() {
            Fact::Unknown(gap) => Fact::Unknown(gap),
            Fact::Found((), source) | Fact::Absent(source) => Fact::Absent(source),
        }
    }

    /// The service behind the address, whether it runs or should.
    pub fn service(&self) -> Fact<Service> {
        match self.listener() {
            Fact::Found(..) => self.live_service(),
            Fact::Absent(_) => self.missing_service(),
            Fact::Unknown(gap) => Fact::Unknown(gap),
        }
    }

    /// How the PHP-FPM came to be down that has a pool for this address, where another
    /// program listens there in its place. Absent where nothing of the kind is so.
    pub fn supplanted(&self) -> Fact<Down> {
        let none = Fact::Absent(Source::new("the pools of PHP-FPM"));
        let other = self.executable();
        let is_fpm = other
            .as_deref()
            .map(|name| software(name) == Software::PhpFpm);
        if self.peer.protocol != Protocol::FastCgi
            || self.listener().found().is_none()
            || is_fpm == Some(true)
        {
            return none;
        }
        let Some(pool) = self.configured_pool() else {
            return self.case.fpm_gap().map_or(none, Fact::Unknown);
        };
        self.case.unit(&pool.fpm.unit).and_then(|unit, source| {
            if unit.is_active() {
                return Fact::Absent(source);
            }
            if is_fpm.is_none() {
                let what = format!("which program listens on {}", self.address());
                return Fact::Unknown(Gap::new(
                    what,
                    "its process could not be read",
                    "run as root",
                ));
            }
            let name = &pool.pool.name;
            let text = format!("pool {name} of {} is set up to listen there", unit.id);
            let why = Evidence::strong(text, &pool.listen_source());
            let down = self.case.how_down(Service::sure(unit, Some(why)));
            match down.how {
                How::StartFailed | How::Looping => Fact::Found(down, source),
                _ => Fact::Absent(source),
            }
        })
    }

    /// The PHP-FPM pool that is configured for this address.
    pub fn configured_pool(&self) -> Option<PoolOf<'c>> {
        self.case.pools().into_iter().find(|pool| {
            pool.dial()
                .is_some_and(|dial| dial.is_same(&self.peer.dial))
        })
    }

    /// What the program is, by its executable, or by the unit that would start it.
    pub fn software(&self) -> Software {
        if let Some(name) = self.executable() {
            return software(&name);
        }
        let service = self.missing_service();
        let Some(service) = service.found() else {
            return self.by_protocol();
        };
        let words = service.unit.commands.start_words().take(3);
        let known = words.map(software).find(|kind| *kind != Software::Other);
        known.unwrap_or_else(|| self.by_protocol())
    }

    fn by_protocol(&self) -> Software {
        match (self.peer.protocol, &self.peer.dial) {
            (Protocol::FastCgi, Dial::Unix(path)) if path.as_str().contains("php") => {
                Software::PhpFpm
            }
            (Protocol::Uwsgi, _) => Software::Uwsgi,
            _ => Software::Other,
        }
    }

    /// The executable and first arguments of the process that listens.
    fn executable(&self) -> Option<String> {
        let pid = self.pid().found().copied()?;
        let process = self.case.process(pid);
        let process = process.found()?;
        let exe = process
            .exe
            .as_ref()
            .ok()
            .map(|exe| String::from_utf8_lossy(&exe.path).into_owned())
            .unwrap_or_default();
        let words = process.arguments.as_ref().ok().into_iter().flatten();
        // Java's options stand before the class that it runs.
        let class = words
            .clone()
            .find(|word| word.starts_with(b"org.apache.catalina."));
        let words: Vec<String> = words
            .take(3)
            .chain(class)
            .map(|word| String::from_utf8_lossy(word).into_owned())
            .collect();
        Some(format!("{exe} {}", words.join(" ")))
    }

    /// The program's short name, for people.
    pub fn program(&self) -> String {
        match self.software() {
            Software::PhpFpm => "php-fpm".into(),
            Software::Node => "node".into(),
            Software::Gunicorn => "gunicorn".into(),
            Software::Uwsgi => "uwsgi".into(),
            Software::Puma => "puma".into(),
            Software::Tomcat => "Tomcat".into(),
            Software::Nginx => "nginx".into(),
            Software::Other => self.comm().unwrap_or_else(|| "unknown program".into()),
        }
    }

    pub(in crate::case) fn comm(&self) -> Option<String> {
        let pid = self.pid().found().copied()?;
        let processes = self.case.processes();
        let process = processes.found()?.get(pid)?;
        // The kernel keeps 15 bytes of a name.
        if is_relay_process(process) {
            return Some(PROGRAM.to_owned());
        }
        Some(gatewhy_facts::untrusted::shown(&process.stat.comm).to_string())
    }

    /// Why it is not known who listens, if it is not.
    pub fn listener_gap(&self) -> Option<Gap> {
        self.listener().gap().cloned()
    }
}

/// The kind of program that a command line starts.
pub(crate) fn software(command: &str) -> Software {
    let has = |part: &str| command.contains(part);
    match () {
        () if has("php-fpm") => Software::PhpFpm,
        () if has("gunicorn") => Software::Gunicorn,
        () if has("uwsgi") => Software::Uwsgi,
        // Its title takes the place of its command: `puma: cluster worker 0: 98`.
        () if has("/puma") || has(" puma") || command.starts_with("puma") => Software::Puma,
        () if has("/nginx") || command.starts_with("nginx") => Software::Nginx,
        () if has("org.apache.catalina") => Software::Tomcat,
        () if has("/node") || command.starts_with("node") || has("/nodejs") => Software::Node,
        () if has("catalina.sh") || has("/tomcat") => Software::Tomcat,
        () => Software::Other,
    }
}
