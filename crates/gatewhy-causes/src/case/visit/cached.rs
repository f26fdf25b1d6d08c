//! Whether an error comes from the proxy's own cache.
use crate::case::Case;
use crate::case::exchange::direct::Direct;
use crate::case::visit::site::{Seen, Visit};
use crate::evidence::Evidence;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::nginx::setting::Setting;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::untrusted::shown_within;

/// Headers by which caches say that they answered.
const SAYS_HIT: [&str; 6] = [
    "X-Cache-Status",
    "X-Proxy-Cache",
    "X-Cache",
    "X-FastCGI-Cache",
    "Cache-Status",
    "Age",
];

/// An error that may come from the cache.
#[derive(Clone, Debug)]
pub struct CachedError {
    /// The status.
    pub status: u16,
    /// The cache's zone, and the line that switches it on.
    pub zone: String,
    /// The line.
    pub place: Option<Place>,
    /// The line that lets this status be kept.
    pub valid: Option<Setting<Vec<String>>>,
    /// The folder of the cache.
    pub folder: Option<String>,
    /// The same page by a name that the cache cannot know: what came.
    pub fresh: Option<Evidence>,
    /// The page as asked for, once more after that: what came.
    pub again: Option<Evidence>,
    /// The backend itself: what came.
    pub direct: Option<Evidence>,
    /// A header that says so.
    pub header: Option<Evidence>,
}

impl Case<'_> {
    /// The visitor's error when it may come from the cache: one is switched on, the
    /// proxy logged no failure, and the backend answers well.
    pub fn cached_error(&self) -> Option<CachedError> {
        let cache = self.backend_settings()?.cache.clone()?;
        let Some(Seen::Status(status)) = self.seen() else {
            return None;
        };
        let silent = self.own_failure().is_none() && self.log_is_known().is_some();
        if cache.value == "off" || status < 500 || !silent {
            return None;
        }
        let good = self
            .links()
            .into_iter()
            .find(|link| link.direct().found().is_some_and(Direct::is_good))?;
        let key_counts_arguments = self.key_counts_arguments();
        let fresh = key_counts_arguments.then(|| self.fresh_visit());
        let fresh = fresh.as_ref().and_then(|visit| self.outcome(visit, true));
        // Only after the other, so that nobody can say it healed meanwhile.
        let again = fresh.as_ref().map(|_| self.last_visit());
        Some(CachedError {
            status,
            place: cache.place.clone(),
            valid: self.valid_for(status),
            folder: self.cache_folder(&cache.value),
            again: again.as_ref().and_then(|visit| self.outcome(visit, false)),
            fresh,
            direct: good.we_saw(),
            header: self.failed_visit().and_then(|visit| hit_header(visit)),
            zone: cache.value,
        })
    }

    /// What a visit brought, when it was good, or bad, as wanted.
    fn outcome(&self, visit: &Fact<Visit<'_>>, good: bool) -> Option<Evidence> {
        let Fact::Found(visit, source) = visit else {
            return None;
        };
        let seen = visit.seen();
        let words = seen.words(self.request.patience_ms);
        (seen.is_good() == good).then(|| Evidence::proof(words, source))
    }

    /// Whether another argument is another page for the cache, as by default.
    fn key_counts_arguments(&self) -> bool {
        let key = self.backend_settings().and_then(|s| s.cache_key.as_ref());
        key.is_none_or(|key| {
            let key = String::from_utf8_lossy(&key.value).into_owned();
            [
                "$request_uri",
                "$args",
                "$query_string",
                "$is_args",
                "$request ",
            ]
            .iter()
            .any(|variable| key.contains(variable))
        })
    }

    /// The `*_cache_valid` that lets a status be kept.
    fn valid_for(&self, status: u16) -> Option<Setting<Vec<String>>> {
        let all = &self.backend_settings()?.cache_valid;
        let status = status.to_string();
        let named = |word: &String| *word == status || word == "any";
        let mut all = all.iter();
        all.find(|valid| valid.value.iter().any(named)).cloned()
    }

    fn cache_folder(&self, zone: &str) -> Option<String> {
        let nginx = self.nginx();
        let http = nginx.found()?.http.as_ref()?.directive.block();
        let lead = format!("keys_zone={zone}:");
        let mut paths = http
            .iter()
            .filter(|d| d.name.bytes.ends_with(b"_cache_path"));
        let line = paths.find(|d| {
            d.args
                .iter()
                .any(|word| word.bytes.starts_with(lead.as_bytes()))
        })?;
        Some(String::from_utf8_lossy(line.arg(0)?).into_owned())
    }
}

fn hit_header(visit: &Visit<'_>) -> Option<Evidence> {
    let received = visit.conversation.received;
    let found = SAYS_HIT.iter().find_map(|name| {
        let value = visit.answer.value(received, name)?;
        Some(format!("{name}: {}", shown_within(value, 60)))
    });
    let source = gatewhy_facts::fact::Source::new("the header of the visitor's answer");
    found.map(|text| Evidence::weak(text, &source))
}
