//! The subrequest that decides whether our request may go on (`auth_request`), where its
//! answer is none that nginx knows what to do with. It takes 2xx for yes, 401 and 403 for
//! no, and answers 500 to everything else (`ngx_http_auth_request_module`).
use crate::case::Case;
use crate::case::routing::route::source_of;
use crate::evidence::Evidence;
use gatewhy_facts::nginx::route::{Call, Outcome};
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::symptom::Symptom;
use gatewhy_fixes::shell;

/// An answer that nginx can do nothing with.
#[derive(Clone, Debug)]
pub struct AccessCheck {
    /// What the service answered.
    pub status: u64,
    /// The URI of the subrequest, and the line that asks for it.
    pub uri: String,
    /// That line.
    pub place: Place,
    /// nginx's word about our own request.
    pub record: Evidence,
    /// Whom it asks.
    pub asks: Option<Asks>,
}

/// The service that decides.
#[derive(Clone, Debug)]
pub struct Asks {
    /// Its address, as written.
    pub written: String,
    /// The line that names it.
    pub place: Place,
    /// The command that asks it.
    pub command: Option<String>,
}

impl Case<'_> {
    /// The check that made nginx answer 500 to our request. None where nginx had no answer
    /// from the service at all: the failure of that connection tells more.
    pub fn undecided_access(&self) -> Option<AccessCheck> {
        let own = self.own_records();
        let failed = own.iter().any(|logged| {
            let error = logged.record.symptom.and_then(Symptom::error_type);
            logged.record.upstream.is_some() && error.is_some()
        });
        let logged = own
            .into_iter()
            .rfind(|logged| logged.record.symptom == Some(Symptom::AuthRequestFailed))?;
        let status = logged.record.number.filter(|_| !failed)?;
        let auth = self.settings()?.auth_request.clone()?;
        let text = format!("nginx logged for our request: {}", logged.message());
        Some(AccessCheck {
            status,
            asks: self.asks(&auth.value),
            uri: auth.value,
            place: auth.place?,
            record: Evidence::strong(text, &logged.source),
        })
    }

    fn asks(&self, uri: &str) -> Option<Asks> {
        let way = self.subrequest(uri)?;
        let Outcome::Backend(call) = &way.outcome else {
            return None;
        };
        let peer = call.peers.first()?;
        Some(Asks {
            written: peer.address.to_string(),
            place: call.pass.place.clone(),
            command: asked(call),
        })
    }
}

impl Asks {
    /// The line that names the service.
    pub fn line(&self, case: &Case<'_>) -> Evidence {
        let text = format!("the check asks {}", self.written);
        Evidence::weak(text, &source_of(&self.place)).with_excerpt(case.excerpt(&self.place))
    }
}

/// Plain HTTP to a TCP address can be asked by hand.
fn asked(call: &Call) -> Option<String> {
    let address = call.peers.first()?.address.to_string();
    let target = core::str::from_utf8(&call.request.target).ok()?;
    let plain = !call.tls && !address.starts_with("unix:") && call.request.method.is_ok();
    let url = shell::quoted(&format!("http://{address}{target}"));
    plain.then(|| format!("curl -si --max-time 10 {url}"))
}
