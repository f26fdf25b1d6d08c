//! nginx as a service: its unit, and what it said when it would not start or take
//! up a configuration.
use crate::case::Case;
use crate::case::gateway::refusal;
use crate::case::programs::kind::Kind;
use crate::case::service::units::{journal_source, state_phrase, unit_source};
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::nginx::error_log::{self, ErrorRecord, Level};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Part, Question};
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::systemd::journal::Entry;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown;

/// Where nginx logs what no other directive claims, as packages build it.
pub const DEFAULT_LOG: &str = "/var/log/nginx/error.log";
/// How much of the main log's end is read.
const TAIL: u32 = 64 << 10;

/// A message with which nginx refused to start, or to take up a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emergency {
    /// What kind of refusal.
    pub symptom: Symptom,
    /// The message without its place.
    pub message: String,
    /// What the message names: a file, a host, an address.
    pub names: Option<String>,
    /// File and line of the configuration that it is about.
    pub place: Option<(HostPath, u32)>,
    /// When it was written; in a log file only to the second.
    pub at: Moment,
    /// The last moment at which it may have been written.
    pub latest: Moment,
    /// Where it stands.
    pub source: Source,
}

impl<'k> Case<'k> {
    /// The proxy's unit: the one its master belongs to, or the one that would start it.
    /// Absent when nginx is no service here.
    pub fn proxy_unit(&self) -> Fact<Unit> {
        match self.proxy() {
            Fact::Found(proxy, _) => {
                let name = self.unit_of(proxy.master);
                name.and_then(|name, _| self.unit(&name))
            }
            Fact::Absent(_) => self.idle_unit(),
            Fact::Unknown(gap) => Fact::Unknown(gap),
        }
    }

    /// The unit that starts nginx, by the usual names, or by its command.
    fn idle_unit(&self) -> Fact<Unit> {
        let own = self.own_service_units();
        let kind = self.proxy_kind();
        let mut own = own.iter().filter(|unit| starts(unit, kind));
        if let Some(unit) = own.next() {
            let source = unit_source(&unit.id);
            return Fact::Found(unit.clone(), source);
        }
        self.usual_units(kind).and_then(|units, source| {
            match units.iter().find(|unit| unit.exists()).cloned() {
                Some(unit) => Fact::Found(unit, source),
                None => Fact::Absent(source),
            }
        })
    }

    /// The configuration file that a stopped nginx would be started with, when its
    /// unit names one.
    pub fn idle_config(&self) -> Option<HostPath> {
        let unit = self.idle_unit();
        let words = unit.found()?.commands.start_words();
        let kind = self.proxy_kind();
        // A unit may leave the file to a variable, which names the usual one.
        let path = kind
            .config_of(words)
            .filter(|path| !path.starts_with('$'))?;
        Some(HostPath::new(kind.default_config()).parent().join(&path))
    }

    /// The log of the master and of everything that no server claims.
    pub fn main_log_path(&self) -> HostPath {
        let nginx = self.nginx();
        let set = nginx.found().and_then(|nginx| {
            let directive = nginx.directives.iter().rfind(|d| d.is("error_log"))?;
            let path = String::from_utf8_lossy(directive.arg(0)?).into_owned();
            let is_file = !path.starts_with("syslog:") && path != "stderr";
            is_file.then(|| self.config_path().parent().join(&path))
        });
        set.unwrap_or_else(|| HostPath::new(DEFAULT_LOG))
    }

    /// The newest records of the main log, read after the visits, each with its
    /// moment, to the second.
    pub fn main_log(&self) -> Fact<Vec<(ErrorRecord<'k>, Moment)>> {
        if let Some(gap) = self.visits().iter().find_map(Fact::gap) {
            return Fact::Unknown(gap.clone());
        }
        let path = self.main_log_path();
        let question = Question::File {
            path: path.clone(),
            view: self.proxy_view(),
            part: Part::Tail {
                bytes: TAIL,
                round: 1,
            },
        };
        let offset = self.clock().map_or(0, |clock| clock.utc_offset_secs);
        let allow = "run as root, or as a member of the group adm";
        let bytes = self.known.bytes(&question, &path.to_string(), allow);
        bytes.map(|bytes| {
            let records = error_log::read(bytes).records.into_iter();
            records
                .filter_map(|record| Some((record, record.at?.moment(offset)?)))
                .collect()
        })
    }

    /// What nginx said when it refused to start or to reload since `since`, in the
    /// journal of its unit and in its main log, oldest first.
    pub fn emergencies(&self, unit: Option<&Unit>, since: Moment) -> Vec<Emergency> {
        let mut all: Vec<Emergency> = unit.map_or_else(Vec::new, |unit| self.in_journal(unit));
        if self.proxy_kind() == Kind::Nginx {
            all.extend(self.in_main_log());
        }
        all.retain(|emergency| emergency.at >= since);
        all.sort_by_key(|emergency| emergency.at);
        all
    }

    fn in_journal(&self, unit: &Unit) -> Vec<Emergency> {
        let journal = self.journal(&unit.id);
        let entries = journal
            .found()
            .into_iter()
            .flat_map(|journal| journal.own_output());
        if self.proxy_kind() == Kind::Varnish {
            let entries: Vec<&Entry> = entries.collect();
            return refusal::of_varnish(&entries, &unit.id);
        }
        let told = entries.filter_map(|entry| {
            let source = journal_source(&unit.id, entry);
            let message = entry.message.as_deref()?;
            if self.proxy_kind() != Kind::Nginx {
                let told = refusal::emergency(message, entry.at, source)?;
                return Some(self.placed(told));
            }
            emergency(&error_log::parse(message)?, entry.at, entry.at, source)
        });
        told.collect()
    }

    fn in_main_log(&self) -> Vec<Emergency> {
        let place = self.main_log_path().to_string();
        let log = self.main_log();
        let records = log.found().into_iter().flatten();
        let told = records.filter_map(|(record, at)| {
            let source = Source::new(place.clone()).at_time(*at);
            emergency(record, *at, at.plus_secs(1), source)
        });
        told.collect()
    }

    /// A unit's state as a piece of text: `nginx.service is inactive (dead), …`.
    pub fn state_text(&self, unit: &Unit) -> String {
        let mut text = format!("{} is {}", unit.id, state_phrase(unit));
        if let Some(exit) = unit.exit_in_words() {
            text.push_str(&format!(", it ended with {exit}"));
        }
        if let Some(at) = self.changed_at(unit) {
            text.push_str(&format!(", {}", self.ago(at)));
        }
        text
    }

    /// When a unit came to the state it is in.
    pub fn changed_at(&self, unit: &Unit) -> Option<Moment> {
        self.at(unit.times.state_change.or(unit.times.inactive_enter))
    }

    /// A unit's state as proof.
    pub fn unit_state(&self, unit: &Unit) -> Evidence {
        let mut source = unit_source(&unit.id);
        source.time = self.changed_at(unit);
        Evidence::proof(self.state_text(unit), &source)
    }
}

fn starts(unit: &Unit, kind: Kind) -> bool {
    let mut programs = unit
        .commands
        .start
        .iter()
        .filter_map(|exec| exec.argv.first());
    programs.any(|program| {
        let name = program.rsplit('/').next().unwrap_or_default();
        kind.programs().contains(&name)
    })
}

fn emergency(
    record: &ErrorRecord<'_>,
    at: Moment,
    latest: Moment,
    source: Source,
) -> Option<Emergency> {
    if record.level != Some(Level::Emerg) {
        return None;
    }
    let symptom = record.symptom?;
    // The line behind several failed attempts names nothing.
    let is_last_word = record.message.starts_with(b"still could not bind");
    (symptom.id().starts_with("start-") && !is_last_word).then(|| Emergency {
        symptom,
        message: whole_message(record),
        names: record.text.map(|text| shown(text).to_string()),
        place: record
            .place
            .map(|(file, line)| (HostPath::new(shown(file).to_string()), line)),
        at,
        latest,
        source,
    })
}

/// The message with its error number, which says more than half of it.
fn whole_message(record: &ErrorRecord<'_>) -> String {
    let message = shown(record.message).to_string();
    match record.errno {
        Some(errno) => format!("{message} ({})", error_words(errno)),
        None => message,
    }
}

fn error_words(errno: u16) -> String {
    match errno {
        2 => "No such file or directory".to_owned(),
        13 => "Permission denied".to_owned(),
        98 => "Address already in use".to_owned(),
        99 => "Cannot assign requested address".to_owned(),
        other => format!("error {other}"),
    }
}
