//! What stands on a line that sends requests on: `ProxyPass`, `BalancerMember`.
use super::config::Directive;
use super::rewrite::with_captures;
use super::route::Member;
use super::section::is_below;
use super::target::Target;
use crate::nginx::pattern;
use crate::prelude::*;
use core::time::Duration;

/// Seconds, or milliseconds where it says so.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    match text.strip_suffix("ms") {
        Some(number) => Some(Duration::from_millis(number.parse().ok()?)),
        None => Some(Duration::from_secs(
            text.trim_end_matches('s').parse().ok()?,
        )),
    }
}

/// Whether it is the `<Proxy>` of that URL.
pub(super) fn is_proxy_of(directive: &Directive, url: &str) -> bool {
    directive.is("Proxy") && same_url(directive.arg(0), url)
}

/// Whether both name one backend or balancer.
pub(super) fn same_url(a: &str, b: &str) -> bool {
    a.trim_end_matches('/')
        .eq_ignore_ascii_case(b.trim_end_matches('/'))
}

/// A backend, by its line and the parameters on it.
pub(super) fn member(target: Target, line: &Directive, words: &[String]) -> Member {
    let value = |name: &str| words.iter().find_map(|word| word.strip_prefix(name));
    let status = value("status=").unwrap_or_default();
    let is_off = status.contains(['D', 'S']) && !status.starts_with('-');
    Member {
        target,
        place: line.place.clone(),
        disabled: is_off,
        standby: status.contains('H') && !status.starts_with('-'),
        retry_secs: value("retry=")
            .and_then(|text| text.parse().ok())
            .unwrap_or(60),
    }
}

/// The URL of a pass, and the path that is added to it; none when it does not fit.
pub(super) fn joined(url: &str, from: &str, path: &str, regex: bool) -> Option<(String, String)> {
    if regex {
        let groups = captures(from, path)?;
        // Without a reference to what was caught, the path is added.
        let whole = with_captures(url, &groups);
        let rest = if url.contains('$') { "" } else { path };
        return Some((whole, rest.to_owned()));
    }
    let rest = if from.ends_with('/') {
        path.strip_prefix(from)?
    } else {
        is_below(path, from).then_some(())?;
        path.strip_prefix(from)?
    };
    Some((url.to_owned(), rest.to_owned()))
}

/// What a regular expression catches of a path; none when it does not match.
pub(super) fn captures(regex: &str, path: &str) -> Option<Vec<String>> {
    let found = pattern::find(regex.as_bytes(), false, path.as_bytes()).ok()??;
    let groups = found.groups.iter();
    Some(
        groups
            .map(|g| String::from_utf8_lossy(g).into_owned())
            .collect(),
    )
}
