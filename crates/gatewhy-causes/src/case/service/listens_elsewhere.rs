//! Where the backend listens instead, when nobody listens where the proxy dials.
//!
//! One decision for the whole family of wrong addresses, so that its causes exclude
//! each other. What ties a listener to the address that is dialled is, from strong
//! to weak: the same path or port; a service that is set up for that address; being
//! the only program of the right kind that the proxy does not dial already.
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::case::routing::peer::{Dial, Peer, Protocol};
use crate::case::service::backend::Service;
use crate::case::service::doors::Door;
use crate::case::service::expected::{self, Says, files_of, mention};
use crate::case::service::units;
use crate::case::system::host::sockets_source;
use crate::case::system::policy::Ban;
use crate::evidence::{Evidence, Strength};
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::files::Files as _;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::unit_name::UnitName;

/// The most listeners that are asked.
const ASKED: usize = 5;

/// Where the backend is, when it is not where the proxy dials.
#[derive(Clone, Debug, PartialEq)]
pub struct Elsewhere {
    /// In which way.
    pub way: Way,
    /// How sure that is.
    pub sure: Strength,
    /// Where it listens, the likeliest first.
    pub found: Vec<Found>,
    /// The service that should listen at the address that is dialled.
    pub expected: Option<Service>,
}

/// In which way an address is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It listens on another port, or another path.
    Moved,
    /// It listens on the same port of another address of this host.
    OtherAddress,
    /// It listens in a network namespace of its own.
    OtherNetwork,
    /// It listens on a file of the same path in a mount namespace of its own.
    OtherFiles,
    /// It listens on a file of that path that was removed or replaced since.
    FileGone,
    /// It runs with settings from before the address was changed.
    NotRestarted,
    /// A server of quite another kind listens there.
    Stranger,
}

/// A listener that may be meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The listener.
    pub door: Door,
    /// Its service, if it belongs to one.
    pub unit: Option<String>,
    /// What it answers when it is asked directly.
    pub reply: Option<Outcome>,
    /// Whether that is an answer a visitor would be content with.
    pub good: bool,
}

/// What is known of a backend's whereabouts.
#[derive(Clone, Debug, PartialEq)]
pub enum Whereabouts {
    /// It is elsewhere.
    Elsewhere(Box<Elsewhere>),
    /// It is not; why.
    Not(String),
}

impl Link<'_, '_> {
    /// Where the backend listens instead. Absent when there is nothing to say.
    pub fn whereabouts(&self) -> Fact<Whereabouts> {
        let cell = &self.case.cells.whereabouts;
        if let Some(known) = cell.borrow().get(&self.peer.dial) {
            return known.clone();
        }
        let found = self.find_whereabouts();
        cell.borrow_mut()
            .insert(self.peer.dial.clone(), found.clone());
        found
    }

    fn find_whereabouts(&self) -> Fact<Whereabouts> {
        match self.screened() {
            Fact::Found(Ban::Screened { path, .. }, source) => {
                let proxy = self.case.proxy_name();
                let why = format!("it listens there; only the sandbox of {proxy} hides {path}");
                return Fact::Found(Whereabouts::Not(why), source);
            }
            Fact::Unknown(gap) => return Fact::Unknown(gap),
            _ => {}
        }
        match self.listener() {
            Fact::Unknown(gap) => Fact::Unknown(gap),
            Fact::Found(..) => self.stranger().map(|_| self.behind_stranger()),
            Fact::Absent(source) => match self.absent_listener() {
                Ok(Some(found)) => Fact::Found(found, source),
                Ok(None) => Fact::Absent(source),
                Err(gap) => Fact::Unknown(gap),
            },
        }
    }

    /// The backend's whereabouts, if it is elsewhere.
    pub fn elsewhere(&self) -> Fact<Elsewhere> {
        self.whereabouts().and_then(|found, source| match found {
            Whereabouts::Elsewhere(elsewhere) => Fact::Found(*elsewhere, source),
            Whereabouts::Not(_) => Fact::Absent(source),
        })
    }

    fn absent_listener(&self) -> Result<Option<Whereabouts>, Gap> {
        if let Some(hidden) = self.same_path()? {
            return Ok(Some(placed(hidden)));
        }
        let same_port = self.asked(self.same_port()?)?;
        match self.missing_service() {
            Fact::Unknown(gap) => Err(gap),
            Fact::Found(service, _) => self.of_service(service, same_port).map(Some),
            Fact::Absent(_) if !same_port.is_empty() => {
                Ok(Some(placed(other_address(same_port, None))))
            }
            Fact::Absent(_) => {
                if let Some(down) = known(self.kept_down())? {
                    return Ok(Some(Whereabouts::Not(down.how.words(&down.name))));
                }
                let found = self.only_candidate()?;
                Ok(found.map(placed))
            }
        }
    }

    /// The service that should listen here: where it listens.
    fn of_service(&self, service: Service, same_port: Vec<Found>) -> Result<Whereabouts, Gap> {
        let unit = service.unit.id.clone();
        if !service.unit.is_active() {
            // What could not be read may name a service that runs, elsewhere.
            if let Some(gap) = service.gaps.into_iter().next() {
                return Err(gap);
            }
            let state = units::state_word(&service.unit);
            return Ok(Whereabouts::Not(format!(
                "{unit} is set up to listen on {} and is {state}",
                self.address()
            )));
        }
        if known(self.case.port_that_failed(&service, &self.peer.dial))?.is_some() {
            return Ok(Whereabouts::Not(format!(
                "{unit} runs, and did not open the port that its settings name"
            )));
        }
        let mut mine = Vec::new();
        for found in same_port {
            if self.is_of(&found.door, &service)? {
                mine.push(found);
            }
        }
        if !mine.is_empty() {
            return Ok(placed(other_address(mine, Some(service))));
        }
        let connector = self.case.connector_of(&service.unit, &self.peer.dial);
        let newer = connector.and_then(|at, _| self.case.is_newer(&at.file, &service.unit));
        if self.configured_pool().is_some() || known(newer)? == Some(true) {
            return Ok(placed(Elsewhere {
                way: Way::NotRestarted,
                sure: Strength::Proof,
                found: Vec::new(),
                expected: Some(service),
            }));
        }
        let doors = self.doors_of(&service)?;
        if doors.is_empty() {
            return Ok(self
                .other_network(&service)?
                .map_or_else(|| idle(&unit), placed));
        }
        let mut found = self.asked(doors)?;
        for found in &mut found {
            found.unit = Some(unit.clone());
        }
        Ok(placed(self.moved(found, service)))
    }

    /// A service that is set up for this address and listens elsewhere.
    fn moved(&self, mut found: Vec<Found>, service: Service) -> Elsewhere {
        found.sort_by_key(|found| !found.good);
        let one = found.iter().filter(|found| found.good).count() == 1;
        if one {
            found.truncate(1);
        }
        let known_holders = found.iter().all(|found| found.door.gap().is_none());
        let unread = self.case.unread_file(&service.unit).is_some();
        let besides = found.first().filter(|_| found.len() == 1);
        let besides = besides.is_some_and(|found| self.is_set_for_both(&service, &found.door.dial));
        let sure = match () {
            // It may well open the other door later, or have failed to.
            () if besides || self.is_set_here_for_good(&service) => Strength::Weak,
            () if unread => Strength::Strong,
            () if one && known_holders && self.is_set_to_listen(&service) => Strength::Proof,
            () if found.len() == 1 || found.iter().any(|found| found.good) => Strength::Strong,
            () => Strength::Weak,
        };
        Elsewhere {
            way: Way::Moved,
            sure,
            found,
            expected: Some(service),
        }
    }

    /// Whether one file of the service's own names this address and the other one in
    /// different lines, each to listen there: metrics beside the application, say.
    fn is_set_for_both(&self, service: &Service, other: &Dial) -> bool {
        let name = UnitName::new(&service.unit.id);
        files_of(&service.unit).iter().any(|path| {
            let files = self.case.host_files();
            let text = files.read(path).found().map(|text| text.bytes);
            let line = |dial| {
                let (line, _, says) = mention(text?, dial, &name)?;
                (says == Says::Listens).then_some(line)
            };
            matches!((line(&self.peer.dial), line(other)), (Some(a), Some(b)) if a != b)
        })
    }

    /// Whether a script's own line lets it listen here whatever its variables say: that it
    /// has not, or no more, is then no matter of the address.
    fn is_set_here_for_good(&self, service: &Service) -> bool {
        const SCRIPTS: [&str; 5] = [".js", ".mjs", ".cjs", ".py", ".rb"];
        const VARIABLE: [&str; 5] = ["env", "||", "??", "argv", "config"];
        let Some(why) = &service.why else {
            return false;
        };
        let path = HostPath::new(why.source.place.clone());
        let line = why
            .source
            .line
            .and_then(|line| self.case.line_of(&path, line));
        let line = line.map(|line| String::from_utf8_lossy(&line).to_ascii_lowercase());
        SCRIPTS.iter().any(|end| path.as_str().ends_with(end))
            && line.is_some_and(|line| {
                line.contains("listen(") && !VARIABLE.iter().any(|word| line.contains(word))
            })
    }

    /// Whether the line that ties the service to this address is about listening,
    /// and not a URL that it calls.
    fn is_set_to_listen(&self, service: &Service) -> bool {
        let Some(why) = &service.why else {
            return false;
        };
        let path = HostPath::new(why.source.place.clone());
        let line = why
            .source
            .line
            .and_then(|line| self.case.line_of(&path, line));
        line.is_some_and(|line| expected::is_about_listening(&line))
    }

    fn doors(&self) -> Result<Vec<Door>, Gap> {
        let ip = self.peer.dial.tcp().map(|address| address.ip());
        let mut doors = known(self.case.doors(ip))?.unwrap_or_default();
        if self.case.proxy_apart().is_some() {
            // None of this host's addresses is the proxy's own.
            doors.retain(|door| door.dial.tcp().is_none());
        }
        Ok(doors)
    }

    /// The service's listeners. One whose holder is not known may be among them.
    fn doors_of(&self, service: &Service) -> Result<Vec<Door>, Gap> {
        let doors = self.doors()?;
        let mut mine = Vec::new();
        for door in &doors {
            if self.is_of(door, service)? {
                mine.push(door.clone());
            }
        }
        match doors.iter().find_map(Door::gap) {
            Some(gap) if mine.is_empty() => Err(gap.clone()),
            _ => Ok(mine),
        }
    }

    /// Whether a listener is the service's: by the process that holds it, or, where
    /// that may not be looked at, by a user that is the service's own.
    fn is_of(&self, door: &Door, service: &Service) -> Result<bool, Gap> {
        if door.gap().is_none() {
            return Ok(self.unit_of(door)?.as_ref() == Some(&service.unit.id));
        }
        let processes = self.case.processes();
        let main = service.unit.processes.main_pid;
        let user = main.and_then(|pid| processes.found()?.get(pid)?.uid);
        Ok(user.is_some_and(|user| user != 0 && door.uid == Some(user)))
    }

    fn unit_of(&self, door: &Door) -> Result<Option<String>, Gap> {
        match &door.holder {
            Fact::Found(holder, _) => known(self.case.unit_of(holder.pid)),
            Fact::Absent(_) | Fact::Unknown(_) => Ok(None),
        }
    }

    /// Listeners on the same port of other addresses.
    fn same_port(&self) -> Result<Vec<Door>, Gap> {
        let Some(address) = self.peer.dial.tcp() else {
            return Ok(Vec::new());
        };
        let mut doors = self.doors()?;
        doors.retain(|door| {
            door.dial
                .tcp()
                .is_some_and(|other| other.port() == address.port() && other != address)
                && door.may_speak(self.peer.protocol)
        });
        Ok(doors)
    }

    /// The only program of the right kind whom the proxy does not dial already.
    fn only_candidate(&self) -> Result<Option<Elsewhere>, Gap> {
        let mut doors = self.doors()?;
        doors.retain(|door| door.may_speak(self.peer.protocol));
        if let Some(gap) = doors.iter().find_map(Door::gap) {
            return Err(gap.clone());
        }
        let besides = known(self.case.dialled_besides(self.peer))?.unwrap_or_default();
        let taken = |door: &Door| besides.iter().any(|other| other.dial.is_same(&door.dial));
        let (taken, free): (Vec<Door>, Vec<Door>) = doors.into_iter().partition(taken);
        let alone = free.len() + taken.len() == 1;
        let from = match (free.is_empty(), self.peer.protocol) {
            (false, _) => free,
            // One PHP-FPM may well serve several sites.
            (true, Protocol::FastCgi) => taken,
            (true, _) => return Ok(None),
        };
        let mut found = self.asked(from)?;
        found.retain(|found| found.reply.as_ref().is_some_and(is_an_answer));
        if found.is_empty() {
            return Ok(None);
        }
        found.sort_by_key(|found| !found.good);
        let sure = self.strength_of(&found, alone);
        Ok(Some(Elsewhere {
            way: Way::Moved,
            sure,
            found,
            expected: None,
        }))
    }

    fn strength_of(&self, found: &[Found], alone: bool) -> Strength {
        let [only] = found else {
            return Strength::Weak;
        };
        let own = |unit: &str| {
            self.case
                .own_services()
                .iter()
                .any(|own| own.own && own.name == unit)
        };
        let (from, to) = (&self.peer.dial, &only.door.dial);
        match () {
            () if !only.good => Strength::Weak,
            () if alone && same_but_for_version(from, to) => Strength::Proof,
            // The host's only pool, and it serves this very request.
            () if alone && only.door.is_fpm() && self.is_only_pool() => Strength::Proof,
            () if only.door.is_fpm() || only.unit.as_deref().is_some_and(own) => Strength::Strong,
            () if self.case.is_tomcat(&only.door) => Strength::Strong,
            // A program of the distribution's that nobody dials is most often not
            // meant to be dialled.
            () => Strength::Weak,
        }
    }

    /// Whether the host has one pool of PHP-FPM, and no file that could hold others.
    fn is_only_pool(&self) -> bool {
        self.case.fpm_gap().is_none() && self.case.pools().len() == 1
    }

    /// Asks each of these listeners the visitor's question.
    pub(in crate::case) fn asked(&self, doors: Vec<Door>) -> Result<Vec<Found>, Gap> {
        let mut found = Vec::new();
        let mut missing = None;
        for door in doors.into_iter().take(ASKED) {
            match self.ask(&door) {
                Ok((reply, good)) => found.push(Found {
                    unit: self.unit_of(&door)?,
                    door,
                    reply: Some(reply),
                    good,
                }),
                // Go on, so that all are asked at once.
                Err(gap) => missing = Some(gap),
            }
        }
        missing.map_or(Ok(found), Err)
    }

    fn ask(&self, door: &Door) -> Result<(Outcome, bool), Gap> {
        let peer = Peer {
            dial: door.dial.clone(),
            ..self.peer.clone()
        };
        match self.case.direct(&peer) {
            Fact::Found(direct, _) => {
                let good = matches!(direct.outcome, Outcome::Answered(code) if code < 400);
                Ok((direct.outcome, good))
            }
            Fact::Absent(_) => Ok((Outcome::NoSocket, false)),
            Fact::Unknown(gap) => Err(gap),
        }
    }

    /// Who may be meant, when a server of quite another kind has the address.
    fn behind_stranger(&self) -> Whereabouts {
        let found = self.only_candidate().ok().flatten();
        placed(Elsewhere {
            way: Way::Stranger,
            sure: Strength::Proof,
            found: found.map(|other| other.found).unwrap_or_default(),
            expected: None,
        })
    }
}

fn placed(elsewhere: Elsewhere) -> Whereabouts {
    Whereabouts::Elsewhere(Box::new(elsewhere))
}

/// A fact as a value that may be missing, or the gap.
pub(in crate::case) fn known<T>(fact: Fact<T>) -> Result<Option<T>, Gap> {
    match fact {
        Fact::Found(value, _) => Ok(Some(value)),
        Fact::Absent(_) => Ok(None),
        Fact::Unknown(gap) => Err(gap),
    }
}

fn idle(unit: &str) -> Whereabouts {
    Whereabouts::Not(format!("{unit} runs and does not listen anywhere"))
}

fn other_address(mut found: Vec<Found>, expected: Option<Service>) -> Elsewhere {
    found.sort_by_key(|found| !found.good);
    let answers = found
        .first()
        .and_then(|found| found.reply.as_ref())
        .is_some_and(is_an_answer);
    let sure = match (answers, expected.is_some()) {
        (true, _) => Strength::Proof,
        (false, true) => Strength::Strong,
        (false, false) => Strength::Weak,
    };
    found.truncate(1);
    Elsewhere {
        way: Way::OtherAddress,
        sure,
        found,
        expected,
    }
}

const fn is_an_answer(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answered(_))
}

/// Whether two socket paths differ in numbers only: `php7.4-fpm.sock` and
/// `php8.2-fpm.sock`, or `php-fpm.sock`.
fn same_but_for_version(one: &Dial, other: &Dial) -> bool {
    let letters = |dial: &Dial| {
        let name = dial.unix()?.file_name().to_owned();
        let bare: String = name
            .chars()
            .filter(|c| !c.is_ascii_digit() && *c != '.')
            .collect();
        Some(bare)
    };
    matches!((letters(one), letters(other)), (Some(a), Some(b)) if a == b)
}

impl Found {
    /// The service, or the program, that listens there.
    pub fn who(&self) -> String {
        let program = self.door.program();
        match (&self.unit, self.door.holder.found()) {
            (Some(unit), Some(_)) => format!("{unit} ({program})"),
            (Some(unit), None) => unit.clone(),
            (None, Some(holder)) => format!("{program} (process {})", holder.pid),
            (None, None) => "a program".to_owned(),
        }
    }

    /// Where it listens, as it is dialled.
    pub fn address(&self) -> String {
        self.door.dial.to_string()
    }

    /// That it listens there, and what it answers, as evidence.
    pub fn evidence(&self, strength: Strength) -> Evidence {
        let answer = self.reply.as_ref().map(Outcome::words);
        let answer = answer.map_or_else(String::new, |words| format!("; asked directly, {words}"));
        Evidence {
            text: format!(
                "{} listens on {}{answer}",
                self.who(),
                self.door.listener.address
            ),
            source: sockets_source(),
            strength,
            excerpt: None,
        }
    }
}

impl Elsewhere {
    /// The service's line about the address that is dialled, as evidence.
    pub fn tie(&self) -> Option<Evidence> {
        self.expected.as_ref()?.why.clone()
    }

    /// Whether the service's settings name the address that is dialled as well as the one
    /// where it listens: it may well open the other door later, or has closed it.
    pub fn lacks_a_door(&self) -> bool {
        self.way == Way::Moved && self.sure == Strength::Weak && self.expected.is_some()
    }

    /// Where the tie stands: the file and the line of the service's own settings.
    pub fn set_at(&self) -> Option<(HostPath, u32)> {
        let source: &Source = &self.expected.as_ref()?.why.as_ref()?.source;
        Some((HostPath::new(source.place.clone()), source.line?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_a_sockets_name_do_not_count() {
        let same = |a: &str, b: &str| {
            let dial = |path: &str| Dial::Unix(HostPath::new(path));
            same_but_for_version(&dial(a), &dial(b))
        };
        assert!(same("/run/php/php7.4-fpm.sock", "/run/php/php8.2-fpm.sock"));
        assert!(same("/var/run/php-fpm.sock", "/run/php/php8.2-fpm.sock"));
        assert!(!same("/run/php/shop.sock", "/run/php/php8.2-fpm.sock"));
    }
}
