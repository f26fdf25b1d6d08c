//! What comes out of following a request.
use super::super::authority::Authority;
use super::super::handler::Pass;
use super::super::settings::{ErrorPage, Settings};
use super::super::tree::Directive;
use crate::fact::Gap;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;
use alloc::sync::Arc;

/// Where a request goes, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The `server` block that takes it; `None` when nobody listens there.
    pub server: Option<Arc<Directive>>,
    /// The locations around it, outermost first, with a true `if` or a
    /// `limit_except` as the last; empty when the server's own settings hold.
    pub locations: Vec<Arc<Directive>>,
    /// The path at the end: normalised, and rewritten.
    pub uri: Vec<u8>,
    /// The arguments at the end.
    pub args: Vec<u8>,
    /// What happens there.
    pub outcome: Outcome,
    /// nginx's own answers that an `error_page` took over from: the visitor sees
    /// their status, unless the page says otherwise.
    pub replaced: Vec<Answer>,
    /// What holds there.
    pub settings: Option<Settings>,
    /// Why, step by step.
    pub trace: Vec<Step>,
    /// What could not be looked at and may change any of this.
    pub gaps: Vec<Gap>,
}

/// One step of the way, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What happened, as a lower-case fragment.
    pub what: String,
    /// The directive that made it happen.
    pub place: Option<Place>,
    /// The file whose presence, or absence, a condition asked for.
    pub file: Option<HostPath>,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A backend gets it.
    Backend(Box<Call>),
    /// nginx answers it.
    Answer(Answer),
    /// nginx sends this file.
    File(HostPath),
    /// A module of nginx answers.
    Module {
        /// The directive that names it: `stub_status`, `content_by_lua_block` …
        name: String,
        /// Where it stands.
        place: Place,
    },
    /// No server listens where the request arrives.
    NotListening,
    /// It depends on something that nobody could look at.
    Undecided(Gap),
}

/// nginx's own answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status, before any `error_page`.
    pub status: u16,
    /// The body of a `return`, or the target of a redirect.
    pub text: Vec<u8>,
    /// Why, as a lower-case fragment.
    pub why: String,
    /// The directive that says so, if one does.
    pub place: Option<Place>,
    /// The `error_page` that takes over, if one does.
    pub error_page: Option<ErrorPage>,
}

/// A backend, and what it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The directive that passes the request on.
    pub pass: Pass,
    /// Whether TLS is spoken to the backend.
    pub tls: bool,
    /// The name of the `upstream` block, if one is used.
    pub group: Option<String>,
    /// The servers it may go to.
    pub peers: Vec<Peer>,
    /// What they are asked.
    pub request: BackendRequest,
}

/// One server of a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: Authority,
    /// How a name becomes an address.
    pub resolution: Resolution,
    /// `backup`
    pub backup: bool,
    /// `down`
    pub down: bool,
    /// Where it is written: in the group, or in the `*_pass` itself.
    pub place: Place,
}

/// How the name of a peer becomes an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It is an address, or a socket's path.
    None,
    /// Once, by the system, when nginx starts or reloads.
    AtStart,
    /// While nginx runs, by the servers that `resolver` names; none of them means
    /// *no resolver defined*, a 502.
    AtRunTime(Vec<String>),
}

/// A text with variables: its value, or why it is not known.
pub type Text = Result<Vec<u8>, Gap>;

/// What a backend is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendRequest {
    /// The method, for HTTP backends.
    pub method: Text,
    /// The target of the request line, for HTTP backends.
    pub target: Vec<u8>,
    /// The `Host` field, for HTTP backends.
    pub host: Text,
    /// The name for TLS: what SNI holds (if sent) and the certificate must have.
    pub tls_name: Text,
    /// Header fields that nginx sets; an empty value removes the field.
    pub headers: Vec<(String, Text)>,
    /// The parameters of FastCGI, uwsgi and SCGI. The last of a name counts.
    pub params: Vec<(String, Text)>,
}

impl Answer {
    /// Whether nginx sends a text of the configuration's own, which no
    /// `error_page` takes over.
    pub fn has_own_text(&self) -> bool {
        self.status < 300 || (self.status >= 400 && !self.text.is_empty())
    }
}

impl Route {
    /// The status that the visitor gets, as far as the configuration decides it;
    /// `None` when the backend or a module does.
    pub fn status(&self) -> Option<u16> {
        let own = match &self.outcome {
            Outcome::Answer(answer) if answer.error_page.is_some() => {
                let code = answer.error_page.as_ref().and_then(|page| page.answer);
                let redirects = code.filter(|code| matches!(code, 301..=303 | 307 | 308));
                return Some(redirects.unwrap_or(302));
            }
            Outcome::Answer(answer) if !answer.has_own_text() => return Some(answer.status),
            Outcome::Answer(answer) => Some(answer.status),
            Outcome::File(_) => Some(200),
            _ => None,
        };
        // An error page keeps the error's status, unless it says otherwise.
        let replaced = self.replaced.last();
        match replaced.map(|answer| (answer.status, &answer.error_page)) {
            None => own,
            Some((status, page)) => match page.as_ref().and_then(|page| page.answer) {
                None => Some(status),
                Some(0) => own,
                Some(code) => Some(code),
            },
        }
    }
}

impl BackendRequest {
    /// The parameter of that name, as PHP sees it: the last one.
    pub fn param(&self, name: &str) -> Option<&Text> {
        let mut all = self.params.iter();
        all.rfind(|(key, _)| key == name).map(|(_, value)| value)
    }
}
