//! A package registry behind the proxy that fetches from others: Verdaccio.
use crate::case::exchange::link::Link;
use crate::case::service::down::{Down, How, words_of};
use crate::case::service::units::{journal_source, unit_source};
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::prelude::*;
use gatewhy_facts::registry::Product;
use gatewhy_facts::systemd::journal::Entry;
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
        if self.registry() != Some(Product::Verdaccio) {
            return Fact::Absent(unit_source(&service.unit.id));
        }
        let unit = service.unit.id.clone();
        let since = self.case.clock().map(|clock| clock.now);
        self.case.journal_again(&unit).and_then(|journal, source| {
            let entries = journal.entries.iter();
            let since_asked = entries.filter(|entry| since.is_some_and(|since| entry.at >= since));
            let found =
                since_asked.fold(None, |found, entry| self.uplink_after(found, entry, &unit));
            match found {
                // Results are of a graver kind in its log than requests, and may be left out.
                Some(uplink) if uplink.error.is_none() && !tells_results(&journal.entries) => {
                    Fact::Unknown(Gap::new(
                        "whether the other registry has answered",
                        format!("the log of {unit} has no answers at all"),
                        "let Verdaccio log at level http",
                    ))
                }
                Some(uplink) => Fact::Found(uplink, source),
                None => Fact::Absent(source),
            }
        })
    }

    /// What is known of the other registry once `entry` is read too.
    fn uplink_after(&self, found: Option<Uplink>, entry: &Entry, unit: &str) -> Option<Uplink> {
        let line = words_of(entry);
        let text = format!("{unit} wrote: {}", shown_within(line, QUOTED));
        let said = Evidence::strong(text, &journal_source(unit, entry));
        let told = |url: &[u8], error: Option<&[u8]>, said| Uplink {
            url: shown(url).to_string(),
            error: error.map(|error| shown(error).to_string()),
            said: vec![said],
            unit: unit.to_owned(),
        };
        match verdaccio::read(line) {
            Some(Event::Asks { url }) if self.is_asked(&url) => Some(told(&url, None, said)),
            Some(Event::Failed { url, error }) if self.is_asked(&url) => {
                Some(told(&url, Some(&error), said))
            }
            Some(Event::Answered { url }) if self.is_asked(&url) => None,
            Some(Event::Offline { host }) => found.map(|mut uplink| {
                if uplink.url.contains(&shown(&host).to_string()) {
                    uplink.said.push(said);
                }
                uplink
            }),
            _ => found,
        }
    }

    fn is_asked(&self, url: &[u8]) -> bool {
        verdaccio::is_about(url, &self.case.request.path)
    }
}

/// Whether the log has results of requests at all.
fn tells_results(entries: &[Entry]) -> bool {
    entries.iter().map(words_of).any(|line| {
        let event = verdaccio::read(line);
        matches!(event, Some(Event::Answered { .. } | Event::Failed { .. }))
    })
}

impl Down {
    /// What keeps a registry from starting, as its last words tell.
    pub fn unstartable(&self) -> Option<Unstartable> {
        let died = matches!(
            self.how,
            How::StartFailed | How::Looping | How::Crashed | How::Ended
        );
        let product = Product::of_command(self.service.unit.commands.start_words());
        if !died || product != Some(Product::Verdaccio) {
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
