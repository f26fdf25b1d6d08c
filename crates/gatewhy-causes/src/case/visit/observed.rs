//! What the visitor got, and who made the error.
use crate::case::Case;
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::case::gateway::log::{Logged, is_peer};
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Peer;
use crate::case::visit::site::{Seen, Visit};
use crate::diagnosis::Observed;
use gatewhy_facts::fact::{Fact, Gap, Source, Why};
use gatewhy_facts::nginx::settings::ErrorPage;
use gatewhy_facts::prelude::*;
use gatewhy_facts::proxy_status::ErrorType;
use gatewhy_facts::symptom::Symptom;

/// Who made the error that the visitor got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// The proxy, because of the backend or of itself.
    Proxy,
    /// The backend; the proxy passed it on.
    Backend,
}

impl<'k> Case<'k> {
    /// Whether the target answers as it should; unknown before it was asked.
    pub fn is_healthy(&self) -> Option<bool> {
        if !self.is_served()? {
            return Some(false);
        }
        match self.apology() {
            Fact::Found(..) => Some(false),
            Fact::Absent(_) => Some(true),
            Fact::Unknown(_) => None,
        }
    }

    /// Whether the status of each answer is one that visitors are content with.
    pub(crate) fn is_served(&self) -> Option<bool> {
        let visits = self.visits();
        if visits.is_empty() || visits.iter().any(Fact::is_unknown) {
            return None;
        }
        let known = visits.iter().filter_map(Fact::found);
        let good: Vec<Option<bool>> = known.map(|visit| self.goodness(visit)).collect();
        match good.len() == visits.len() {
            true if good.contains(&Some(false)) => Some(false),
            true if good.contains(&None) => None,
            whole => Some(whole),
        }
    }

    /// Whether a visitor would call it working; none while that is not known. Our own
    /// request is sound: of a 400 that a header of the proxy's own makes, and of a 403 for a
    /// secret that it does not send, the gateway is the reason.
    fn goodness(&self, visit: &Visit<'k>) -> Option<bool> {
        let refused = match visit.seen() {
            Seen::Status(400) => self.refused_for_proxy_header(),
            Seen::Status(403) => self.refused_for_secret(),
            _ => return Some(is_good(visit)),
        };
        match refused {
            Fact::Found(..) => Some(false),
            Fact::Absent(_) => Some(true),
            Fact::Unknown(_) => None,
        }
    }

    fn is_good(&self, visit: &Visit<'k>) -> bool {
        self.goodness(visit).unwrap_or(true)
    }

    /// Whether some visits failed and others did not.
    pub fn failed_sometimes(&self) -> bool {
        let visits = self.visits();
        let good = visits
            .iter()
            .filter_map(Fact::found)
            .filter(|visit| self.is_good(visit))
            .count();
        good > 0 && good < visits.len()
    }

    /// The first visit that failed; the first of all when none did.
    pub fn failed_visit(&self) -> Option<&Visit<'k>> {
        let found: Vec<&Visit<'k>> = self.visits().iter().filter_map(Fact::found).collect();
        found
            .iter()
            .copied()
            .find(|visit| !self.is_good(visit))
            .or_else(|| found.first().copied())
    }

    /// What the failing visit showed.
    pub fn seen(&self) -> Option<Seen> {
        self.failed_visit().map(Visit::seen)
    }

    /// Who made the error: a proxy writes a line about each error it makes itself,
    /// and none about one that it passes on.
    pub fn maker(&self) -> Option<Maker> {
        if self.is_healthy() != Some(false) {
            return None;
        }
        // A relay knows no status: one that came is the backend's.
        if self.proxy_kind() == Kind::SocketProxy {
            return matches!(self.seen()?, Seen::Status(_)).then_some(Maker::Backend);
        }
        if self.own_failure().is_some() {
            return Some(Maker::Proxy);
        }
        match self.seen()? {
            Seen::Refused | Seen::NotConnected(_) => None,
            Seen::Status(status) => self.maker_of(status),
            Seen::Cut(_)
            | Seen::ClosedWithoutAnswer
            | Seen::NoAnswer
            | Seen::TlsFailed
            | Seen::NotHttp => None,
        }
    }

    /// Without a line in the log: the backend made it if, asked directly, it
    /// answers the same.
    fn maker_of(&self, status: u16) -> Option<Maker> {
        if self.way_found()?.answer.is_some() {
            return Some(Maker::Proxy);
        }
        let same = |link: Link<'_, '_>| matches!(link.direct_outcome(), Some(Outcome::Answered(code)) if code == status);
        self.links().into_iter().any(same).then_some(Maker::Backend)
    }

    /// The `error_page` whose page a visitor gets with a good status (`=200`) in place of
    /// the site: nginx logged of our own request that no server of the group answered.
    pub fn apology(&self) -> Fact<&ErrorPage> {
        if let Some(known) = self.cells.apology.get() {
            return known.as_ref();
        }
        if self.cells.excusing.replace(true) {
            return Fact::Absent(Source::default());
        }
        let found = self.find_apology();
        self.cells.excusing.set(false);
        self.cells.apology.get_or_init(|| found).as_ref()
    }

    fn find_apology(&self) -> Fact<ErrorPage> {
        let nothing = Fact::Absent(Source::new("error_page"));
        let visit = self.visits().first().and_then(Fact::found);
        let Some(Seen::Status(status)) = visit.map(Visit::seen) else {
            return nothing;
        };
        if self.is_outside() || self.proxy_kind() != Kind::Nginx || self.proxy().is_absent() {
            return nothing;
        }
        let route = self.route();
        let unread = self.proxy().gap().cloned().or_else(|| route.gap().cloned());
        if let Some(gap) = unread.or_else(|| self.route_gaps().into_iter().next()) {
            return Fact::Unknown(gap);
        }
        match self.page_in_place(status) {
            None => nothing,
            Some(page) => match self.log_gap().or_else(|| self.clock_gap()) {
                Some(gap) => Fact::Unknown(gap),
                None if !self.all_failed_us() => nothing,
                None => match self.other_page() {
                    Some(gap) => Fact::Unknown(gap),
                    None => Fact::Found(page.clone(), Source::default()),
                },
            },
        }
    }

    /// Why the page may be the site's own although nginx logged failures: it kept one in
    /// its cache, or tried the server once more where a connection that it had kept open
    /// was closed.
    fn other_page(&self) -> Option<Gap> {
        let cache = self.backend_settings().is_some_and(|s| s.cache.is_some());
        let keeps = self.group().is_some_and(|group| group.keepalive.is_some());
        let broke = |logged: &Logged<'_>| {
            let symptoms = [Symptom::ClosedBeforeResponse, Symptom::ResetBeforeResponse];
            logged.record.symptom.is_some_and(|s| symptoms.contains(&s))
        };
        let own = self.own_records();
        let why = if cache {
            "it may be one that the proxy's cache kept"
        } else if keeps && own.iter().any(|logged| broke(logged)) {
            "the proxy may have tried again where a connection that it kept open was closed"
        } else {
            return None;
        };
        Some(Gap::new(
            "whose page the visitor gets",
            why,
            "log $upstream_status",
        ))
    }

    /// The `error_page` for a gateway's failures that answers with this status.
    fn page_in_place(&self, status: u16) -> Option<&ErrorPage> {
        let gateway = |page: &&ErrorPage| page.statuses.iter().any(|s| (500..600).contains(s));
        let mut pages = self.settings()?.error_pages.iter();
        let page = pages.find(|page| gateway(page) && page.answer == Some(status))?;
        // A named location may lead to another backend.
        (!page.target.starts_with(b"@")).then_some(page)
    }

    /// Whether nginx logged of our own request that each server of the group failed it.
    fn all_failed_us(&self) -> bool {
        let own = self.own_records();
        let failed = |peer: &Peer| {
            let mut main = own.iter().filter(|logged| !logged.record.is_subrequest);
            main.any(|logged| {
                let symptom = logged.record.symptom;
                symptom.and_then(Symptom::error_type).is_some()
                    && is_peer(&logged.record, &peer.dial)
            })
        };
        let peers = self.peers_on_disk();
        // Of several requests of ours, one that failed tells nothing of the others.
        let failures = own.iter().filter(|logged| {
            let symptom = logged.record.symptom.and_then(Symptom::error_type);
            symptom.is_some() && !logged.record.is_subrequest
        });
        if failures.count() < self.visits().len() {
            return false;
        }
        !peers.is_empty() && peers.iter().filter(|peer| !peer.down).all(failed)
    }

    /// The error's type in the words of RFC 9209.
    pub fn error_type(&self) -> Option<&'static str> {
        if self.is_healthy() != Some(false) {
            return None;
        }
        let logged = self
            .own_failure()
            .and_then(|logged| logged.record.symptom)
            .and_then(Symptom::error_type);
        let seen = || match self.seen()? {
            Seen::Refused => Some(ErrorType::ConnectionRefused),
            Seen::NoAnswer | Seen::Status(504) => Some(ErrorType::HttpResponseTimeout),
            Seen::Cut(_) => Some(ErrorType::HttpResponseIncomplete),
            _ => None,
        };
        logged.or_else(seen).map(ErrorType::name)
    }

    /// Why the site was not asked at all.
    fn not_asked(&self) -> String {
        match self.visits().first() {
            Some(Fact::Absent(_)) => {
                format!("could not be asked: {} has no address", self.request.host)
            }
            Some(Fact::Unknown(gap)) => match &gap.why {
                Why::Refused(why) => format!("could not be asked: {why}"),
                Why::Pending => "could not be asked in time".into(),
            },
            Some(Fact::Found(..)) | None => "could not be asked".into(),
        }
    }

    /// What the visitor got, for the report.
    pub fn observed(&self) -> Observed {
        let visits = self.visits();
        let failures = visits
            .iter()
            .filter_map(Fact::found)
            .filter(|visit| !self.is_good(visit))
            .count();
        let seen = self.seen();
        let status = match seen {
            Some(Seen::Status(status) | Seen::Cut(status)) => Some(status),
            _ => None,
        };
        Observed {
            status,
            what: match (seen, self.apology().found().copied()) {
                (None, _) => self.not_asked(),
                (Some(seen), None) => seen.words(self.request.patience_ms),
                (Some(seen), Some(page)) => format!(
                    "{}, but of error_page ({}:{})",
                    seen.words(self.request.patience_ms),
                    page.place.file,
                    page.place.span.line
                ),
            },
            generated_by: match self.maker() {
                Some(Maker::Proxy) => Some(self.proxy_name().to_owned()),
                Some(Maker::Backend) => Some("the backend".to_owned()),
                None if self.is_outside() && failures > 0 => self.maker_outside(),
                None => None,
            },
            error_type: self.error_type(),
            requests: u32::try_from(visits.len()).unwrap_or(u32::MAX),
            failures: if self.apology().found().is_some() {
                u32::try_from(visits.len()).unwrap_or(u32::MAX)
            } else {
                u32::try_from(failures).unwrap_or(u32::MAX)
            },
        }
    }
}

/// A `404` that PHP-FPM made because it was sent to the wrong place is the
/// gateway's failure, and so is a `431`, as our own headers are small; any other
/// `4xx` is the visitor's.
fn is_good(visit: &Visit<'_>) -> bool {
    match visit.seen() {
        Seen::Status(404) => !is_fpm_not_found(visit),
        Seen::Status(431) => false,
        seen => seen.is_good(),
    }
}

/// PHP-FPM's own pages for a script that it cannot find; the second when it has the
/// path in its cache.
fn is_fpm_not_found(visit: &Visit<'_>) -> bool {
    const PAGES: [&[u8]; 2] = [b"File not found.", b"No input file specified."];
    let received = visit.conversation.received;
    let body = received.get(visit.answer.body.start..).unwrap_or_default();
    PAGES
        .iter()
        .any(|page| body.windows(page.len()).any(|window| window == *page))
}
