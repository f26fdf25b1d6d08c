//! Which service an address belongs to where nobody listens: by its files, by what
//! it wrote, or because it is the only one in trouble.
use crate::case::Case;
use crate::case::routing::peer::{Dial, below_run};
use crate::case::service::backend::Service;
use crate::case::service::expected::{Expectations, Expected, Says, Unread};
use crate::case::service::units::{journal_source, unit_source};
use crate::evidence::{Evidence, Strength};
use core::cmp::Reverse;
use gatewhy_facts::app_log::{self, Address, Kind, Output};
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::untrusted::shown_within;

/// The most journals that are searched for an address.
const JOURNALS: usize = 4;

impl Case<'_> {
    /// The service whose files name the address. Several may: one that listens
    /// there goes before one that calls it, and one that is down before one that runs.
    pub(in crate::case) fn service_set_up_for(&self, dial: &Dial) -> Fact<Service> {
        self.first_of(self.expected_at(dial))
    }

    /// The same of the services that packages brought.
    pub(in crate::case) fn idle_service_for(&self, dial: &Dial) -> Fact<Service> {
        self.first_of(self.expected_of_idle(dial))
    }

    fn first_of(&self, expected: Expectations) -> Fact<Service> {
        let mut services: Vec<(Place, Expected, Unit)> = Vec::new();
        for found in expected.named {
            match self.unit(&found.unit) {
                Fact::Found(unit, _) => services.push((place(found.says, &unit), found, unit)),
                Fact::Unknown(gap) => return Fact::Unknown(gap),
                Fact::Absent(_) => {}
            }
        }
        services.sort_by_key(|(place, ..)| *place);
        let Some((chosen, found, unit)) = services.into_iter().next() else {
            return Fact::Absent(services_source());
        };
        let unread = expected.unread.into_iter();
        let gaps = unread
            .filter(|unread| self.may_go_before(unread, chosen, &found.unit))
            .map(|unread| unread.gap)
            .collect();
        let why = Some(found.why);
        self.behind_socket(unit)
            .map(|unit| Service { unit, why, gaps })
    }

    /// Whether what could not be read might have named a service that is no less
    /// likely to be meant.
    fn may_go_before(&self, unread: &Unread, chosen: Place, name: &str) -> bool {
        let Some(of) = &unread.unit else { return true };
        let unit = self.unit(of);
        let unit = unit.found();
        of != name && unit.is_none_or(|unit| place(Says::Listens, unit) <= chosen)
    }

    /// A socket that is down because its service failed stands for that service.
    fn behind_socket(&self, unit: Unit) -> Fact<Unit> {
        let source = unit_source(&unit.id);
        let Some(name) = unit.triggers.first().filter(|_| is_socket(&unit)) else {
            return Fact::Found(unit, source);
        };
        match self.unit(name) {
            Fact::Found(service, source) if unit.is_failed() || service.is_failed() => {
                Fact::Found(service, source)
            }
            Fact::Found(..) | Fact::Absent(_) => Fact::Found(unit, source),
            Fact::Unknown(gap) => Fact::Unknown(gap),
        }
    }

    /// A service that is down and said, while it ran, that it listens there.
    pub(in crate::case) fn service_by_its_words(&self, dial: &Dial) -> Fact<Service> {
        let units = self.own_service_units();
        // What an active socket starts listens where that socket does now.
        let has_socket = |unit: &Unit| {
            let mut sockets = units.iter().filter(|other| other.is_active());
            sockets.any(|other| unit.triggered_by.contains(&other.id))
        };
        let down = units
            .iter()
            .filter(|unit| self.may_have_served(unit) && !has_socket(unit));
        for unit in down.take(JOURNALS) {
            match self.said_it_listens(unit, dial) {
                Fact::Found(why, source) => {
                    let why = Some(why);
                    return Fact::Found(Service::sure(unit.clone(), why), source);
                }
                Fact::Unknown(gap) => return Fact::Unknown(gap),
                Fact::Absent(_) => {}
            }
        }
        Fact::Absent(services_source())
    }

    /// An own service that does not run, and is none that ends when its work is done.
    fn may_have_served(&self, unit: &Unit) -> bool {
        let own = self.own_services().iter();
        let own = own.filter(|own| own.own || unit.is_failed());
        let mut named = own.filter(|own| own.name == unit.id);
        named.next().is_some()
            && !unit.is_running()
            && !is_socket(unit)
            && unit.kind.as_deref() != Some("oneshot")
    }

    fn said_it_listens(&self, unit: &Unit, dial: &Dial) -> Fact<Evidence> {
        self.journal(&unit.id).and_then(|journal, source| {
            let entries = journal.entries.iter().filter(|e| !e.is_by_systemd());
            let entries: Vec<_> = entries.collect();
            let output = entries.iter().map(|entry| Output {
                text: entry.message.as_deref().unwrap_or_default(),
                at: Some(entry.at),
                pid: entry.pid,
            });
            let events = app_log::read(output);
            let said = events.iter().rev().find(|event| {
                event.kind == Kind::Listening
                    && event.address.is_some_and(|address| is_at(&address, dial))
            });
            let line = said.and_then(|event| {
                let at = usize::try_from(event.line.checked_sub(1)?).ok()?;
                Some((event, *entries.get(at)?))
            });
            match line {
                Some((event, entry)) => {
                    let text = format!(
                        "{} listened there when it ran; it wrote: {}",
                        unit.id,
                        shown_within(event.text.trim_ascii(), 100)
                    );
                    let why = Evidence {
                        strength: Strength::Strong,
                        ..Evidence::strong(text, &journal_source(&unit.id, entry))
                    };
                    Fact::Found(why, source)
                }
                None => Fact::Absent(source),
            }
        })
    }

    /// The one service of the administrator's that is in trouble, when there is but
    /// one: nothing else ties it to an address.
    pub(in crate::case) fn only_service_in_trouble(&self) -> Fact<Service> {
        let units = self.own_service_units();
        let mut troubled = units.iter().filter(|unit| {
            let own = self
                .own_services()
                .iter()
                .any(|s| s.own && s.name == unit.id);
            own && self.may_have_served(unit) && (unit.is_failed() || unit.is_auto_restarting())
        });
        match (troubled.next(), troubled.next()) {
            (Some(unit), None) => {
                let text = format!(
                    "{} is the only service of this host's own that is in trouble; no file names its address",
                    unit.id
                );
                let source = unit_source(&unit.id);
                let why = Some(Evidence::weak(text, &source));
                Fact::Found(Service::sure(unit.clone(), why), source)
            }
            _ => Fact::Absent(services_source()),
        }
    }
}

/// Who is meant when several services name an address, the first first: who listens
/// there before who calls it, who is down before who runs, a service before its
/// socket, the clearest words.
type Place = (bool, bool, bool, Reverse<Says>);

fn place(says: Says, unit: &Unit) -> Place {
    // What its variables have moved, and does not run there either, is hardly it.
    let calls = says == Says::Calls || says == Says::Overridden && !unit.is_running();
    (calls, unit.is_running(), is_socket(unit), Reverse(says))
}

fn services_source() -> Source {
    Source::new("the host's services")
}

fn is_socket(unit: &Unit) -> bool {
    unit.id.ends_with(".socket")
}

/// Whether an address in an application's words is the one that is dialled.
fn is_at(address: &Address<'_>, dial: &Dial) -> bool {
    match (address, dial) {
        (Address::Unix(path), Dial::Unix(dialled)) => {
            let path = String::from_utf8_lossy(path);
            below_run(&path) == below_run(dialled.as_str())
        }
        (Address::Inet(_, port), Dial::Tcp(dialled)) => *port == dialled.port(),
        (Address::Inet(_, port), Dial::Name(_, dialled)) => port == dialled,
        _ => false,
    }
}
