//! A package registry behind the proxy that fetches from others: Verdaccio.
use crate::case::exchange::link::Link;
use crate::case::service::down::{Down, How, words_of};
use crate::case::service::units::{journal_source, unit_source};
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::untrusted::{shown, shown_within};
use gatewhy_facts::verdaccio::{self, Event};

/// The most of a line that is quoted.
const QUOTED: usize = 200;

/// What a registry says of the one that it fetches from.
#[derive(Clone, Debug)]
pub struct Uplink {
    /// The URL that it asked for.
    pub url: String,
    /// The error; none while it waits.
    pub error: Option<String>,
    /// Its own lines.
    pub said: Vec<Evidence>,
    /// Its unit.
    pub unit: String,
}

/// What keeps a registry from starting.
#[derive(Clone, Debug)]
pub struct Unstartable {
    /// What is wrong, in words.
    pub reason: String,
    /// What to mend.
    pub mend: &'static str,
    /// Its own line.
    pub said: Evidence,
}

impl Link<'_, '_> {
    /// What the registry behind the address said of our request since we asked: that the
    /// one that it fetches from failed, or that it waits for it. Absent when it is no
    /// registry, or said nothing of that.
    pub fn uplink(&self) -> Fact<Uplink> {
        let service = match self.live_service() {
            Fact::Found(service, _) => service,
            Fact::Absent(source) => return Fact::Absent(source),
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        if !is_registry(&service.unit) {
            return Fact::Absent(unit_source(&service.unit.id));
        }
        let unit = service.unit.id.clone();
        let since = self.case.clock().map(|clock| clock.now);
        self.case.journal_again(&unit).and_then(|journal, source| {
            let mut found: Option<Uplink> = None;
            let entries = journal.entries.iter();
            for entry in entries.filter(|entry| since.is_some_and(|since| entry.at >= since)) {
                let line = words_of(entry);
                let said = || {
                    let text = format!("{unit} wrote: {}", shown_within(line, QUOTED));
                    Evidence::strong(text, &journal_source(&unit, entry))
                };
                match verdaccio::read(line) {
                    Some(Event::Asks { url }) if self.is_asked(&url) => {
                        found = Some(Uplink {
                            url: shown(&url).to_string(),
                            error: None,
                            said: vec![said()],
                            unit: unit.clone(),
                        });
                    }
                    Some(Event::Failed { url, error }) if self.is_asked(&url) => {
                        found = Some(Uplink {
                            url: shown(&url).to_string(),
                            error: Some(shown(&error).to_string()),
                            said: vec![said()],
                            unit: unit.clone(),
                        });
                    }
                    Some(Event::Answered { url }) if self.is_asked(&url) => found = None,
                    Some(Event::Offline { host }) => {
                        if let Some(uplink) = &mut found
                            && uplink.url.contains(&shown(&host).to_string())
                        {
                            uplink.said.push(said());
                        }
                    }
                    _ => {}
                }
            }
            let mut lines = journal.entries.iter().map(words_of);
            let tells = lines.any(|line| {
                let event = verdaccio::read(line);
                matches!(event, Some(Event::Answered { .. } | Event::Failed { .. }))
            });
            match found {
                // Results are of a graver kind in its log than requests, and may be left out.
                Some(uplink) if uplink.error.is_none() && !tells => Fact::Unknown(Gap::new(
                    "whether the other registry has answered",
                    format!("the log of {unit} has no answers at all"),
                    "let Verdaccio log at level http",
                )),
                Some(uplink) => Fact::Found(uplink, source),
                None => Fact::Absent(source),
            }
        })
    }

    fn is_asked(&self, url: &[u8]) -> bool {
        verdaccio::is_about(url, &self.case.request.path)
    }
}

/// Whether a service is Verdaccio, as its command has it.
fn is_registry(unit: &Unit) -> bool {
    let mut words = unit.commands.start.iter().flat_map(|exec| &exec.argv);
    words.any(|word| word.rsplit('/').next() == Some("verdaccio"))
}

impl Down {
    /// What keeps a registry from starting, as its last words tell.
    pub fn unstartable(&self) -> Option<Unstartable> {
        let died = matches!(
            self.how,
            How::StartFailed | How::Looping | How::Crashed | How::Ended
        );
        if !died || !is_registry(&self.service.unit) {
            return None;
        }
        self.last_words.iter().rev().find_map(|entry| {
            let line = words_of(entry);
            let text = format!("it wrote: {}", shown_within(line, QUOTED));
            let said = Evidence::strong(text, &journal_source(self.unit(), entry));
            let (reason, mend) = match verdaccio::read(line)? {
                Event::BadConfig { reason } => (
                    format!("its configuration cannot be read: {}", shown_within(reason, 160)),
                    "mend the line of its configuration that it names",
                ),
                Event::StorageDenied { path } => (
                    format!("it may not use its storage: {}", shown(path)),
                    "let the user of the service use the folder that `storage` names in its configuration, or name another",
                ),
                Event::Asks { .. }
                | Event::Failed { .. }
                | Event::Answered { .. }
                | Event::Offline { .. } => return None,
            };
            Some(Unstartable { reason, mend, said })
        })
    }
}
