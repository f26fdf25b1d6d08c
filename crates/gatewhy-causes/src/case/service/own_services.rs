//! The services of this host that may be meant to listen somewhere: those that an
//! administrator wrote, the instances of their templates, their sockets, and others
//! that failed; when none of them is, any other that is loaded and does not run.
use crate::case::Case;
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::nginx::files::{Files, Kind};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Command, Question};
use gatewhy_facts::systemd::show::{ActiveState, LoadState, SubState, Unit};
use gatewhy_facts::systemd::unit_list::{self, ListedUnit};
use gatewhy_facts::systemd::unit_name::UnitName;

/// Where administrators put their own services.
const FOLDERS: [&str; 2] = ["/etc/systemd/system", "/usr/local/lib/systemd/system"];
/// The most services looked at.
const UNITS: usize = 96;

/// A service of this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnService {
    /// Its name, with suffix.
    pub name: String,
    /// Whether its file stands where administrators put their own.
    pub own: bool,
}

/// Which of the other services count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Among {
    /// Those that failed, or are starting or stopping.
    Troubled,
    /// All that do not run.
    Idle,
}

impl Case<'_> {
    /// The services that may be meant, the administrator's own first.
    pub fn own_services(&self) -> &[OwnService] {
        self.cells.own_services.get_or_init(|| {
            let files = self.own_unit_files();
            let mut all: Vec<OwnService> = files
                .iter()
                .filter(|name| is_service(name) && !is_template(name))
                .map(|name| OwnService {
                    name: name.clone(),
                    own: true,
                })
                .collect();
            let loaded = self.loaded_units();
            let mut others: Vec<OwnService> = loaded
                .found()
                .into_iter()
                .flatten()
                .filter(|unit| !all.iter().any(|known| known.name == unit.name))
                .filter_map(|unit| loaded_service(unit, &files, Among::Troubled))
                .collect();
            others.sort_by_key(|unit| !unit.own);
            all.extend(others);
            all.truncate(UNITS);
            all
        })
    }

    /// The names in the folders of an administrator's own units.
    fn own_unit_files(&self) -> Vec<String> {
        let files = self.host_files();
        let folders = FOLDERS.iter().map(|folder| HostPath::new(*folder));
        let names = folders.filter_map(|folder| files.list(&folder).found().cloned());
        names
            .flatten()
            .filter(|(_, kind)| *kind != Kind::Folder)
            .map(|(name, _)| name)
            .collect()
    }

    /// The files of the administrator's own templates.
    pub(super) fn own_templates(&self) -> Vec<HostPath> {
        let files = self.host_files();
        let folders = FOLDERS.iter().map(|folder| HostPath::new(*folder));
        let in_folder = |folder: HostPath| {
            let names = files.list(&folder).found().cloned().unwrap_or_default();
            let templates = names
                .into_iter()
                .filter(|(name, _)| name.ends_with(".service") && is_template(name));
            templates
                .map(|(name, _)| folder.join(&name))
                .collect::<Vec<_>>()
        };
        folders.flat_map(in_folder).collect()
    }

    /// The loaded services whose program has ended, and that systemd still calls active.
    pub(super) fn exited_services(&self) -> Vec<String> {
        let loaded = self.loaded_units();
        let all = loaded.found().into_iter().flatten();
        all.filter(|unit| unit.active == ActiveState::Active && unit.sub == SubState::Exited)
            .filter(|unit| is_service(&unit.name) && !unit.name.starts_with("systemd-"))
            .map(|unit| unit.name.clone())
            .take(UNITS)
            .collect()
    }

    /// The names of loaded units that begin so.
    pub fn loaded_names(&self, lead: &str) -> Vec<String> {
        let loaded = self.loaded_units();
        let all = loaded.found().into_iter().flatten();
        all.filter(|unit| unit.name.starts_with(lead))
            .map(|unit| unit.name.clone())
            .collect()
    }

    fn loaded_units(&self) -> Fact<Vec<ListedUnit>> {
        let question = Question::Run(Command::SystemctlListUnits);
        let allow = "run as root where systemd is the service manager";
        self.known
            .bytes(&question, "systemctl list-units", allow)
            .map(unit_list::parse)
    }

    /// Their states, read at once.
    pub fn own_service_units(&self) -> Rc<Vec<Unit>> {
        let names = self.own_service_names();
        if names.is_empty() {
            return Rc::default();
        }
        self.units(&names).found().cloned().unwrap_or_default()
    }

    /// The states of all other services that do not run: packages bring dozens, so
    /// that they are asked about only when nothing else fits.
    pub fn idle_service_units(&self) -> Rc<Vec<Unit>> {
        let known = self.own_services();
        let loaded = self.loaded_units();
        let idle = loaded.found().into_iter().flatten();
        let idle = idle.filter_map(|unit| loaded_service(unit, &[], Among::Idle));
        let names: Vec<String> = idle
            .map(|unit| unit.name)
            .filter(|name| !known.iter().any(|known| known.name == *name))
            .take(UNITS)
            .collect();
        if names.is_empty() {
            return Rc::default();
        }
        self.units(&names).found().cloned().unwrap_or_default()
    }

    fn own_service_names(&self) -> Vec<String> {
        let all = self.own_services().iter();
        all.map(|unit| unit.name.clone()).collect()
    }

    /// Whether the host's services could be looked at at all: before, nothing may
    /// be said to be set up for no service.
    pub fn services_known(&self) -> Fact<()> {
        let files = self.host_files();
        let listed = files
            .list(&HostPath::new(FOLDERS[0]))
            .map(|_| ())
            .and_then(|(), source| match self.loaded_units() {
                Fact::Unknown(gap) => Fact::Unknown(gap),
                Fact::Found(..) | Fact::Absent(_) => Fact::Found((), source),
            });
        let names = self.own_service_names();
        if names.is_empty() {
            return listed;
        }
        listed.and_then(|(), source| match self.units(&names) {
            Fact::Found(units, _) => self
                .unread_file_of(&units)
                .map_or(Fact::Found((), source), Fact::Unknown),
            Fact::Absent(_) => Fact::Found((), source),
            Fact::Unknown(gap) => Fact::Unknown(gap),
        })
    }

    /// Why one of the services' own files could not be read, if so.
    fn unread_file_of(&self, units: &[Unit]) -> Option<Gap> {
        units.iter().find_map(|unit| self.unread_file(unit))
    }

    /// Why the own services, or their states, may not all be known.
    pub(in crate::case) fn own_services_gap(&self) -> Option<Gap> {
        let files = self.host_files();
        let mut folders = FOLDERS
            .iter()
            .map(|folder| files.list(&HostPath::new(*folder)));
        if let Some(gap) = folders.find_map(|folder| folder.gap().cloned()) {
            return Some(gap);
        }
        let names = self.own_service_names();
        let listed = self.loaded_units().gap().cloned();
        listed.or_else(|| {
            let asked = !names.is_empty();
            asked.then(|| self.units(&names).gap().cloned()).flatten()
        })
    }
}

/// A loaded unit that may be meant: an instance of an own template, or any other
/// that ought to run and does not. systemd's own parts serve nobody.
fn loaded_service(unit: &ListedUnit, files: &[String], among: Among) -> Option<OwnService> {
    if !is_service(&unit.name) || unit.load != LoadState::Loaded {
        return None;
    }
    let template = UnitName::new(&unit.name).template();
    let own = template.is_some_and(|template| files.contains(&template));
    let idle = unit.active != ActiveState::Active && !unit.name.starts_with("systemd-");
    let troubled = matches!(
        unit.active,
        ActiveState::Failed | ActiveState::Activating | ActiveState::Deactivating
    );
    (own || idle && (troubled || among == Among::Idle)).then(|| OwnService {
        name: unit.name.clone(),
        own,
    })
}

fn is_service(name: &str) -> bool {
    name.ends_with(".service") || name.ends_with(".socket")
}

fn is_template(name: &str) -> bool {
    UnitName::new(name).instance.is_some_and(|i| i.is_empty())
}
