//! Which location takes a URI (`ngx_http_core_find_location`).
use super::super::handler::pass;
use super::super::model::{Location, Matcher};
use super::super::pattern;
use super::answer::{Answer, Outcome};
use super::router::{Router, refuse};
use crate::fact::Gap;
use crate::prelude::*;

/// What a search on one level found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// `=`, or a regular expression: the search is over.
    Exact,
    /// The same path with a slash exists, and its backend wants the slash.
    Redirect,
    /// A prefix, below which the search goes on.
    Prefix,
    /// Nothing on this level.
    Nothing,
}

impl<'a> Router<'a> {
    /// Sets the chain of locations for the current URI; gives nginx's answer when
    /// the search itself ends the request.
    pub(super) fn find_location(&mut self) -> Result<Option<Outcome>, Gap> {
        self.uri_changed = false;
        self.inner = None;
        self.handler = None;
        let mut chain = Vec::new();
        let found = self.search(&self.server.locations, &mut chain)?;
        self.chain = chain;
        let Some(location) = self.chain.last().copied() else {
            self.step("no location matches: the server's own settings", None);
            return Ok(None);
        };
        self.note_gaps(&location.gaps);
        // Nested locations inherit it.
        let blocks = self
            .chain
            .iter()
            .flat_map(|around| around.directive.block());
        if let Some(only) = blocks.into_iter().find(|d| d.is("internal"))
            && !self.internal
        {
            let why = "the location is internal";
            return Ok(Some(refuse(404, why, Some(only))));
        }
        if found == Found::Redirect {
            let name = matched_path(location).unwrap_or_default();
            let mut target = super::super::uri::escape(name, super::super::uri::Escape::Path);
            if !self.args.is_empty() {
                target.push(b'?');
                target.extend_from_slice(&self.args);
            }
            let why = "the location's path ends in a slash and goes to a backend";
            return Ok(Some(Outcome::Answer(Answer {
                status: 301,
                text: target,
                why: why.into(),
                place: Some(location.directive.place.clone()),
                error_page: None,
            })));
        }
        self.enter_location(location);
        Ok(None)
    }

    fn search(&self, level: &'a [Location], chain: &mut Vec<&'a Location>) -> Result<Found, Gap> {
        let depth = chain.len();
        let mut found = self.search_paths(level, chain);
        let mut no_regex = false;
        if found == Found::Prefix
            && let Some(prefix) = chain.last().copied()
        {
            no_regex = matches!(prefix.matcher, Matcher::Prefix { no_regex: true, .. });
            found = self.search(&prefix.locations, chain)?;
        }
        if matches!(found, Found::Exact | Found::Redirect) {
            return Ok(found);
        }
        if no_regex {
            if level
                .iter()
                .any(|l| matches!(l.matcher, Matcher::Regex { .. }))
            {
                self.step("regular expressions of this level are skipped: ^~", None);
            }
            return Ok(found);
        }
        for location in level {
            if self.regex_matches(location)? {
                chain.truncate(depth);
                chain.push(location);
                let inside = self.search(&location.locations, chain)?;
                let _ = inside;
                return Ok(Found::Exact);
            }
        }
        Ok(found)
    }

    /// Exact paths and prefixes of one level.
    fn search_paths(&self, level: &'a [Location], chain: &mut Vec<&'a Location>) -> Found {
        let mut longest: Option<(&'a Location, &'a [u8])> = None;
        let mut redirect = None;
        for location in level {
            match &location.matcher {
                Matcher::Exact(path) if path[..] == self.uri[..] => {
                    self.step("the exact location ends the search", Some(location));
                    chain.push(location);
                    return Found::Exact;
                }
                Matcher::Prefix { path, .. } => {
                    let longer = longest.is_none_or(|(_, best)| path.len() > best.len());
                    if longer && self.uri.starts_with(path) {
                        longest = Some((location, path));
                    }
                }
                Matcher::Exact(_) | Matcher::Regex { .. } | Matcher::Named(_) => {}
            }
            if redirect.is_none() && self.wants_slash(location) {
                redirect = Some(location);
            }
        }
        let whole = longest.is_some_and(|(_, path)| path.len() == self.uri.len());
        if let Some(location) = redirect
            && !whole
        {
            chain.push(exact_twin(level, location));
            return Found::Redirect;
        }
        let Some((location, _)) = longest else {
            return Found::Nothing;
        };
        self.step("longest prefix", Some(location));
        chain.push(location);
        Found::Prefix
    }

    /// The location is the URI plus a slash, and passes to a backend itself.
    fn wants_slash(&self, location: &Location) -> bool {
        let path = matched_path(location);
        path.and_then(|path| path.strip_suffix(b"/")) == Some(&self.uri)
            && location.directive.block().iter().any(|d| pass(d).is_some())
    }

    fn regex_matches(&self, location: &Location) -> Result<bool, Gap> {
        let Matcher::Regex { pattern, caseless } = &location.matcher else {
            return Ok(false);
        };
        match pattern::find(pattern, *caseless, &self.uri) {
            Ok(None) => Ok(false),
            Ok(Some(captures)) => {
                self.keep_captures(captures);
                self.step("regular expression matches", Some(location));
                Ok(true)
            }
            Err(why) => {
                let what = format!("whether location {} matches", location.written());
                Err(Gap::new(what, why, ""))
            }
        }
    }

    fn step(&self, what: &str, location: Option<&Location>) {
        let (what, place) = match location {
            None => (what.to_owned(), None),
            Some(location) => (
                format!("location {}: {what}", location.written()),
                Some(location.directive.place.clone()),
            ),
        };
        self.note(what, place);
    }
}

/// The exact location of the same path, whose settings come first.
fn exact_twin<'a>(level: &'a [Location], location: &'a Location) -> &'a Location {
    let path = matched_path(location);
    let exact = level
        .iter()
        .find(|other| matches!(other.matcher, Matcher::Exact(_)) && matched_path(other) == path);
    exact.unwrap_or(location)
}

/// The path of an exact or prefix location.
fn matched_path(location: &Location) -> Option<&[u8]> {
    match &location.matcher {
        Matcher::Exact(path) | Matcher::Prefix { path, .. } => Some(path),
        Matcher::Regex { .. } | Matcher::Named(_) => None,
    }
}
