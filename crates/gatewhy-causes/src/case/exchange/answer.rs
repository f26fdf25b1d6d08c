//! What the backend answered, beside what the proxy made of it.
use crate::case::Case;
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::case::gateway::log::{Logged, is_peer};
use crate::case::routing::peer::Dial;
use crate::case::service::units;
use crate::case::visit::site::{Seen, reason};
use crate::evidence::Evidence;
use gatewhy_facts::app_log::{self, Kind, Output};
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::nginx::settings::ErrorPage;
use gatewhy_facts::prelude::*;
use gatewhy_facts::protocol::http1::decode_chunks;
use gatewhy_facts::protocol::http1::{Framing, Reading};
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::systemd::journal::Entry;
use gatewhy_facts::time::Moment;
use gatewhy_facts::untrusted::shown_within;
use gatewhy_fixes::shell;

/// How much of a body is quoted, in characters.
const QUOTED: usize = 160;

impl<'c, 'k> Link<'c, 'k> {
    /// The newest record of our own requests about this peer that has one of these
    /// symptoms.
    pub fn logged_as(&self, symptoms: &[Symptom]) -> Option<&'c Logged<'k>> {
        self.case.own_records().into_iter().rev().find(|logged| {
            is_peer(&logged.record, &self.peer.dial)
                && logged.record.symptom.is_some_and(|s| symptoms.contains(&s))
        })
    }

    /// What the backend answered when it was asked directly: its status.
    pub fn direct_status(&self) -> Option<u16> {
        match self.direct_outcome()? {
            Outcome::Answered(status) => Some(status),
            _ => None,
        }
    }

    /// The beginning of the directly asked backend's page, without markup.
    pub fn direct_words(&self) -> Option<String> {
        let direct = self.direct();
        let direct = direct.found()?;
        words(&body(direct.answer_text(), &direct.answer))
    }

    /// A header of the directly asked backend's answer.
    pub fn direct_header(&self, name: &str) -> Option<String> {
        let direct = self.direct();
        let direct = direct.found()?;
        let value = direct.answer.value(direct.answer_text(), name)?;
        Some(shown_within(value, QUOTED))
    }

    /// A command that asks the backend itself, past the proxy.
    pub fn ask_command(&self) -> Option<String> {
        use crate::case::routing::peer::Protocol;
        let request = self.case.request;
        let scheme = match self.peer.protocol {
            Protocol::Http => "http",
            Protocol::Https => "https",
            _ => return None,
        };
        let host = request.host_header();
        let path = &request.path;
        let insecure = if scheme == "https" { "k" } else { "" };
        match &self.peer.dial {
            Dial::Tcp(address) => Some(format!(
                "curl -si{insecure} --max-time 10 -H {} {}",
                shell::quoted(&format!("Host: {host}")),
                shell::quoted(&format!("{scheme}://{address}{path}"))
            )),
            Dial::Unix(socket) => Some(format!(
                "curl -si{insecure} --max-time 10 --unix-socket {} {}",
                shell::word(socket.as_str()),
                shell::quoted(&format!("{scheme}://{host}{path}"))
            )),
            Dial::Name(..) => None,
        }
    }

    /// What the service behind the address wrote since we began to ask, as evidence.
    pub fn wrote_meanwhile(&self) -> Vec<Evidence> {
        const MOST: usize = 3;
        let Some(since) = self.case.clock().map(|clock| clock.now) else {
            return Vec::new();
        };
        let service = self.live_service();
        let Some(service) = service.found() else {
            return Vec::new();
        };
        self.case.wrote_since(&service.unit.id, since, MOST)
    }
}

impl Link<'_, '_> {
    /// What the service wrote in the minute before we asked and since: one that waits may
    /// have said why before.
    pub fn wrote_lately(&self) -> Vec<Evidence> {
        const SECS: i64 = 60;
        const MOST: usize = 20;
        let since = self.case.clock().map(|clock| clock.now.plus_secs(-SECS));
        let service = self.live_service();
        let unit = service.found().map(|service| service.unit.id.clone());
        let lines = since.zip(unit);
        lines.map_or_else(Vec::new, |(since, unit)| {
            self.case.wrote_since(&unit, since, MOST)
        })
    }

    /// A line of that kind that the service behind the address wrote within a second of
    /// a moment, as evidence.
    pub fn said_near(&self, kind: Kind, at: Moment) -> Option<Evidence> {
        let service = self.live_service();
        let unit = service.found()?.unit.id.clone();
        let journal = self.case.journal_again(&unit);
        let entries = &journal.found()?.entries;
        let near = |entry: &&Entry| entry.at.since(at).abs() <= 2_000_000;
        let is_that = |entry: &&Entry| {
            let text = entry.message.as_deref().unwrap_or_default();
            let events = app_log::read([Output {
                text,
                at: None,
                pid: None,
            }]);
            events.iter().any(|event| event.kind == kind)
        };
        let entry = entries.iter().rev().filter(near).find(is_that)?;
        let text = entry.message.as_deref().unwrap_or_default().trim_ascii();
        let text = format!("{unit} wrote: {}", shown_within(text, QUOTED));
        Some(Evidence::strong(text, &units::journal_source(&unit, entry)))
    }
}

impl Case<'_> {
    /// What a unit wrote since a moment, the newest `most` lines, as evidence.
    pub fn wrote_since(&self, unit: &str, since: Moment, most: usize) -> Vec<Evidence> {
        let journal = self.journal_again(unit);
        let entries = journal
            .found()
            .into_iter()
            .flat_map(|journal| &journal.entries);
        let entries: Vec<_> = entries
            .filter(|entry| entry.at >= since && !entry.is_by_systemd())
            .collect();
        // The same words once: the newest.
        let is_last = |at: usize, entry: &Entry| {
            let later = entries.iter().skip(at.saturating_add(1));
            later.clone().all(|other| other.message != entry.message)
        };
        let entries: Vec<_> = entries
            .iter()
            .enumerate()
            .filter(|(at, entry)| is_last(*at, entry))
            .map(|(_, entry)| *entry)
            .collect();
        let skipped = entries.len().saturating_sub(most);
        let lines = entries.iter().skip(skipped).filter_map(|entry| {
            let text = entry.message.as_ref()?.trim_ascii();
            let text = format!("it wrote: {}", shown_within(text, QUOTED));
            let source = units::journal_source(unit, entry);
            (!text.is_empty()).then(|| Evidence::weak(text, &source))
        });
        lines.collect()
    }

    /// The `error_page` that takes the backend's own error over, when the proxy
    /// looks at such errors (`*_intercept_errors on`).
    pub fn intercepting_page(&self, status: u16) -> Option<&ErrorPage> {
        let settings = self.settings()?;
        let on = settings.backend.as_ref()?.intercept_errors.value;
        settings.error_page(status).filter(|_| on)
    }

    /// Whether a visitor who gets `seen` may have got the backend's own `status`.
    pub fn passes_on(&self, status: u16, seen: u16) -> bool {
        let page = self.intercepting_page(status);
        match page.and_then(|page| page.answer) {
            Some(answer) => answer == seen || answer == 0,
            None => status == seen,
        }
    }

    /// The status that the failing visitor got, whole or cut.
    pub fn seen_status(&self) -> Option<u16> {
        match self.seen()? {
            Seen::Status(status) | Seen::Cut(status) => Some(status),
            _ => None,
        }
    }

    /// The beginning of the page that the failing visitor got.
    pub fn seen_words(&self) -> Option<String> {
        let visit = self.failed_visit()?;
        words(&body(visit.conversation.received, &visit.answer))
    }

    /// The visits' moment, for what was written meanwhile.
    pub fn log_is_known(&self) -> Option<Source> {
        match self.log() {
            Fact::Found(_, source) | Fact::Absent(source) => Some(source),
            Fact::Unknown(_) => None,
        }
    }
}

/// A body without its framing.
pub fn body(text: &[u8], answer: &Reading) -> Vec<u8> {
    let end = answer.body.start.saturating_add(answer.body.bytes);
    let raw = text
        .get(answer.body.start..end.min(text.len()))
        .unwrap_or_default();
    match answer.body.framing {
        Framing::Chunked => decode_chunks(raw),
        Framing::Nothing | Framing::Length(_) | Framing::UntilClose => raw.to_vec(),
    }
}

/// The first words of a page without its markup; none for what is no text.
pub fn words(body: &[u8]) -> Option<String> {
    const LOOKED_AT: usize = 16 << 10;
    let body = body.get(..body.len().min(LOOKED_AT))?;
    if body.contains(&0) {
        return None;
    }
    let (mut out, mut in_tag, mut skip) = (Vec::new(), false, None::<&[u8]>);
    for (at, byte) in body.iter().enumerate() {
        let rest = body.get(at..).unwrap_or_default();
        match byte {
            b'<' if skip.is_none_or(|end| starts_with(rest, end)) => {
                (in_tag, skip) = (true, hidden(rest));
                out.push(b' ');
            }
            b'>' if in_tag => in_tag = false,
            _ if in_tag || skip.is_some() => {}
            other => out.push(*other),
        }
    }
    let text = String::from_utf8_lossy(&out).into_owned();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then(|| shown_within(text.as_bytes(), QUOTED))
}

/// Elements whose content nobody reads, with the tag that ends them.
fn hidden(tag: &[u8]) -> Option<&'static [u8]> {
    const HIDDEN: [(&[u8], &[u8]); 2] = [(b"<style", b"</style"), (b"<script", b"</script")];
    let found = HIDDEN.iter().find(|(begin, _)| starts_with(tag, begin));
    found.map(|(_, end)| *end)
}

fn starts_with(text: &[u8], lead: &[u8]) -> bool {
    text.get(..lead.len())
        .is_some_and(|t| t.eq_ignore_ascii_case(lead))
}

/// `503 Service Unavailable`.
pub fn status_words(status: u16) -> String {
    format!("{status} {}", reason(status)).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_quoted_without_markup() {
        let page = b"<html><head><style>p { color: red }</style><title>Sorry</title></head>\
            <body><h1>503</h1>\n<p>Back soon</p></body></html>";
        assert_eq!(words(page).as_deref(), Some("Sorry 503 Back soon"));
        assert_eq!(
            words(b"{\"error\":\"stock\"}\n").as_deref(),
            Some("{\"error\":\"stock\"}")
        );
        assert_eq!(words(b"\x1f\x8b\0\0"), None);
        assert_eq!(words(b"<br>"), None);
    }
}
