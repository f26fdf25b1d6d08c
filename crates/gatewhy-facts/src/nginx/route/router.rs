//! The phases, and what is known while a request passes through them.
use super::super::files::Files;
use super::super::handler::{Handler, own_handler};
use super::super::model::{Http, Location, Matcher, Nginx, Server};
use super::super::scope::Scope;
use super::super::settings::Settings;
use super::super::tree::{Directive, source};
use super::super::units::number;
use super::answer::{Answer, Outcome, Route, Step, Text};
use super::content::redirect_to;
use super::rewrite::Flow;
use super::server::{Arrival, Notes, arrive};
use super::{Host, Request};
use crate::fact::Gap;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;
use alloc::sync::Arc;
use core::cell::RefCell;

/// How often the URI may change: at the eleventh time nginx answers 500.
const CHANGES: u8 = 11;

/// A request under way.
pub(super) struct Router<'a> {
    pub nginx: &'a Nginx,
    pub http: &'a Http,
    pub files: &'a dyn Files,
    pub host: &'a Host,
    pub request: &'a Request,
    pub server: &'a Server,
    /// The validated, lower-cased host without its port.
    pub host_name: Vec<u8>,
    /// The target as the client sent it, without scheme and host.
    pub unparsed: Vec<u8>,
    pub uri: Vec<u8>,
    pub args: Vec<u8>,
    pub quoted: bool,
    pub plus: bool,
    /// The method now: `error_page` makes it `GET`.
    pub method: String,
    /// The request came from inside: `internal` locations are open to it.
    pub internal: bool,
    pub uri_changed: bool,
    /// The URI still is what the location matched.
    pub valid_location: bool,
    /// The URI still is what the client sent.
    pub valid_unparsed: bool,
    pub add_uri_to_alias: bool,
    changes_left: u8,
    /// The current locations, outermost first; empty on the server's level.
    pub chain: Vec<&'a Location>,
    /// A true `if`, or `limit_except`, inside the innermost location.
    pub inner: Option<&'a Arc<Directive>>,
    pub handler: Option<Handler>,
    pub captures: RefCell<Vec<Vec<u8>>>,
    /// Variables that were set, and values that are kept for the whole request.
    pub values: RefCell<BTreeMap<Vec<u8>, Text>>,
    pub trace: RefCell<Vec<Step>>,
    pub gaps: RefCell<Vec<Gap>>,
    /// Answers that an `error_page` took over from.
    replaced: Vec<Answer>,
    error_page_used: bool,
}

/// Where the request goes on after a phase.
pub(super) enum Next {
    /// To the next phase.
    On,
    /// From the server's rewrites on, with a new URI.
    Redirect { uri: Vec<u8>, args: Vec<u8> },
    /// Into a named location, URI unchanged.
    Named(Vec<u8>),
    /// To its end.
    Done(Outcome),
}

/// Where the phases begin.
enum Entry {
    /// With the server's rewrites.
    Server,
    /// In a named location.
    Named,
}

/// Follows a request to its end.
pub(super) fn follow<'a>(
    nginx: &'a Nginx,
    http: &'a Http,
    files: &'a dyn Files,
    host: &'a Host,
    request: &'a Request,
    internal: bool,
) -> Route {
    let mut notes = Notes::default();
    let arrival = match arrive(http, host, request, &mut notes) {
        Ok(arrival) => arrival,
        Err(stop) => {
            return Route {
                server: stop.server.map(|server| Arc::clone(&server.directive)),
                locations: Vec::new(),
                uri: request.target.clone(),
                args: Vec::new(),
                outcome: stop.outcome,
                replaced: Vec::new(),
                settings: None,
                trace: notes.trace,
                gaps: notes.gaps,
            };
        }
    };
    let mut router = Router::new(nginx, http, files, host, request, arrival);
    router.internal = internal;
    router.trace = RefCell::new(notes.trace);
    router.note_gaps(&notes.gaps);
    let outcome = router.run();
    router.into_route(outcome)
}

impl<'a> Router<'a> {
    fn new(
        nginx: &'a Nginx,
        http: &'a Http,
        files: &'a dyn Files,
        host: &'a Host,
        request: &'a Request,
        arrival: Arrival<'a>,
    ) -> Self {
        let router = Self {
            nginx,
            http,
            files,
            host,
            request,
            server: arrival.server,
            host_name: arrival.host_name,
            unparsed: arrival.unparsed,
            uri: arrival.target.path,
            args: arrival.target.args,
            quoted: arrival.target.quoted,
            plus: arrival.target.plus,
            method: request.method.clone(),
            internal: false,
            uri_changed: false,
            valid_location: true,
            valid_unparsed: true,
            add_uri_to_alias: false,
            changes_left: CHANGES,
            chain: Vec::new(),
            inner: None,
            handler: None,
            captures: RefCell::default(),
            values: RefCell::default(),
            trace: RefCell::default(),
            gaps: RefCell::default(),
            replaced: Vec::new(),
            error_page_used: false,
        };
        router.keep_captures(arrival.captures);
        router
    }

    fn into_route(self, outcome: Outcome) -> Route {
        let family = match &outcome {
            Outcome::Backend(call) => Some(call.pass.family),
            _ => None,
        };
        let settings = Settings::new(&self.scope(), family);
        let mut locations: Vec<_> = self
            .chain
            .iter()
            .map(|location| Arc::clone(&location.directive))
            .collect();
        locations.extend(self.inner.cloned());
        let mut gaps = self.gaps.into_inner();
        for gap in &settings.gaps {
            if !gaps.contains(gap) {
                gaps.push(gap.clone());
            }
        }
        Route {
            server: Some(Arc::clone(&self.server.directive)),
            locations,
            uri: self.uri,
            args: self.args,
            outcome,
            replaced: self.replaced,
            settings: Some(settings),
            trace: self.trace.into_inner(),
            gaps,
        }
    }

    /// From phase to phase, through internal redirects, to the end.
    fn run(&mut self) -> Outcome {
        let mut entry = Entry::Server;
        loop {
            let next = match self.phases(&entry) {
                Ok(next) => next,
                Err(gap) => return Outcome::Undecided(gap),
            };
            let next = match next {
                Next::Done(outcome) => match self.error_page(outcome) {
                    Ok(next) => next,
                    Err(gap) => return Outcome::Undecided(gap),
                },
                other => other,
            };
            entry = match next {
                Next::Done(outcome) => return outcome,
                Next::On => return refuse(500, "no phase is left", None),
                Next::Redirect { uri, args } => {
                    if let Some(outcome) = self.count_change() {
                        return outcome;
                    }
                    self.redirect_inside(uri, args);
                    Entry::Server
                }
                Next::Named(name) => {
                    if let Some(outcome) = self.count_change() {
                        return outcome;
                    }
                    match self.enter_named(&name) {
                        Some(outcome) => return outcome,
                        None => Entry::Named,
                    }
                }
            };
        }
    }

    fn phases(&mut self, entry: &Entry) -> Result<Next, Gap> {
        let mut must_find = matches!(entry, Entry::Server);
        if must_find {
            self.leave_locations();
            self.uri_changed = false;
            let level = self.server.directive.block();
            if let Flow::Done(outcome) = self.rewrite(level, false)? {
                return Ok(Next::Done(*outcome));
            }
        }
        loop {
            if must_find && let Some(outcome) = self.find_location()? {
                return Ok(Next::Done(outcome));
            }
            if let Some(outcome) = self.body_too_large() {
                return Ok(Next::Done(outcome));
            }
            let is_limited = self.inner.is_some();
            if let Some(location) = self.chain.last().copied().filter(|_| !is_limited) {
                let level = location.directive.block();
                if let Flow::Done(outcome) = self.rewrite(level, true)? {
                    return Ok(Next::Done(*outcome));
                }
            }
            if !self.uri_changed {
                break;
            }
            if let Some(outcome) = self.count_change() {
                return Ok(Next::Done(outcome));
            }
            self.leave_locations();
            must_find = true;
        }
        if let Some(outcome) = self.access()? {
            return Ok(Next::Done(outcome));
        }
        match self.try_files()? {
            Next::On => self.content(),
            other => Ok(other),
        }
    }

    fn count_change(&mut self) -> Option<Outcome> {
        self.changes_left = self.changes_left.saturating_sub(1);
        let why = "rewrite or internal redirection cycle";
        (self.changes_left == 0).then(|| refuse(500, why, None))
    }

    fn redirect_inside(&mut self, uri: Vec<u8>, args: Vec<u8>) {
        self.uri = uri;
        self.args = args;
        self.internal = true;
        self.valid_unparsed = false;
        self.valid_location = true;
        self.add_uri_to_alias = false;
        self.leave_locations();
    }

    fn leave_locations(&mut self) {
        self.chain.clear();
        self.inner = None;
        self.handler = None;
    }

    fn enter_named(&mut self, name: &[u8]) -> Option<Outcome> {
        let named = self
            .server
            .locations
            .iter()
            .find(|location| matches!(&location.matcher, Matcher::Named(own) if own == name));
        let Some(location) = named else {
            let shown = crate::untrusted::shown(name);
            let why = format!("could not find named location \"{shown}\"");
            return Some(refuse(500, &why, None));
        };
        self.internal = true;
        self.uri_changed = false;
        self.leave_locations();
        self.chain.push(location);
        self.note_gaps(&location.gaps);
        self.enter_location(location);
        None
    }

    /// Takes over a location's handler, or what `limit_except` puts in its place.
    pub(super) fn enter_location(&mut self, location: &'a Location) {
        let block = location.directive.block();
        self.handler = own_handler(block);
        let limit = block.iter().find(|d| d.is("limit_except"));
        let Some(limit) = limit.filter(|limit| self.is_excepted(limit)) else {
            return;
        };
        self.note(
            "limit_except holds for this method".into(),
            Some(limit.place.clone()),
        );
        self.inner = Some(limit);
        self.handler = match own_handler(limit.block()) {
            Some(own) => Some(own),
            // Only backends are inherited there.
            None => self
                .handler
                .take()
                .filter(|h| matches!(h, Handler::Pass(_))),
        };
    }

    fn is_excepted(&self, limit: &Directive) -> bool {
        let listed = |method: &str| {
            let mut words = limit.args.iter();
            words.any(|word| word.bytes.eq_ignore_ascii_case(method.as_bytes()))
        };
        let head = self.method == "HEAD" && listed("GET");
        !(listed(&self.method) || head)
    }

    fn body_too_large(&self) -> Option<Outcome> {
        let length = number(self.request.header("content-length")?)?;
        let limit = Settings::new(&self.scope(), None).client_max_body_size;
        let too_large = limit.value > 0 && length > limit.value;
        too_large.then(|| {
            let why = "the request body is larger than client_max_body_size";
            match &limit.place {
                Some(place) => refuse_at(413, why, place),
                None => refuse(413, why, None),
            }
        })
    }

    /// Lets `error_page` take over from an answer, as often as nginx does.
    fn error_page(&mut self, outcome: Outcome) -> Result<Next, Gap> {
        let Outcome::Answer(mut answer) = outcome else {
            return Ok(Next::Done(outcome));
        };
        if answer.has_own_text() || self.error_page_used || self.changes_left == 0 {
            return Ok(Next::Done(Outcome::Answer(answer)));
        }
        let settings = Settings::new(&self.scope(), None);
        self.error_page_used = !settings.recursive_error_pages.value;
        let Some(page) = settings.error_page(answer.status).cloned() else {
            return Ok(Next::Done(Outcome::Answer(answer)));
        };
        let target = self.text(&page.target)?;
        answer.error_page = Some(page.clone());
        if !target.starts_with(b"/") && !target.starts_with(b"@") {
            return Ok(Next::Done(Outcome::Answer(answer)));
        }
        let shown = crate::untrusted::shown(&target);
        let what = format!("error_page {}: on to \"{shown}\"", answer.status);
        self.note(what, Some(page.place));
        if target.starts_with(b"/") && self.method != "HEAD" {
            self.method = "GET".into();
        }
        self.replaced.push(answer);
        Ok(redirect_to(&target))
    }

    /// The levels around the request now.
    pub(super) fn scope(&self) -> Scope<'a> {
        let mut scope = Scope::new(&self.nginx.directives)
            .inside(self.http.directive.block())
            .inside(self.server.directive.block());
        for location in &self.chain {
            scope = scope.inside(location.directive.block());
        }
        match self.inner {
            Some(inner) => scope.inside(inner.block()),
            None => scope,
        }
    }

    pub(super) fn note(&self, what: String, place: Option<Place>) {
        self.note_about(what, place, None);
    }

    /// Notes a step that a file's presence decided.
    pub(super) fn note_about(&self, what: String, place: Option<Place>, file: Option<HostPath>) {
        self.trace.borrow_mut().push(Step { what, place, file });
    }

    pub(super) fn note_gaps(&self, more: &[Gap]) {
        let mut gaps = self.gaps.borrow_mut();
        for gap in more {
            if !gaps.contains(gap) {
                gaps.push(gap.clone());
            }
        }
    }
}

impl Step {
    /// The step with its place, for people.
    pub fn text(&self) -> String {
        match &self.place {
            None => self.what.clone(),
            Some(place) => {
                let from = source(place);
                format!("{} ({}:{})", self.what, from.place, place.span.line)
            }
        }
    }
}

/// An answer that nginx makes itself.
pub(super) fn refuse(status: u16, why: &str, directive: Option<&Arc<Directive>>) -> Outcome {
    answer(status, why, directive.map(|d| d.place.clone()))
}

/// The same, made by what stands at a place.
pub(super) fn refuse_at(status: u16, why: &str, place: &Place) -> Outcome {
    answer(status, why, Some(place.clone()))
}

fn answer(status: u16, why: &str, place: Option<Place>) -> Outcome {
    Outcome::Answer(Answer {
        status,
        text: Vec::new(),
        why: why.into(),
        place,
        error_page: None,
    })
}
