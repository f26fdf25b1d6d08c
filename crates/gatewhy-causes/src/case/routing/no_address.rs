//! A `proxy_pass` with variables that comes to no address for our request: nginx answers
//! 500 without asking anybody.
use crate::case::Case;
use crate::evidence::Evidence;
use gatewhy_facts::nginx::route::Outcome;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::symptom::Symptom;

/// What nginx could make no address of.
#[derive(Clone, Debug)]
pub struct NoAddress {
    /// nginx's words: `invalid URL prefix in "http://"`.
    pub says: String,
    /// The line with the variables.
    pub place: Place,
    /// nginx's word about our own request.
    pub record: Evidence,
    /// The first of its variables that a `map` or its kin gives, and where.
    pub variable: Option<(String, Place)>,
}

impl Case<'_> {
    /// Why nginx had nowhere to send our request.
    pub fn no_address(&self) -> Option<NoAddress> {
        let logged = self
            .own_failure()
            .filter(|l| l.record.symptom == Some(Symptom::UpstreamAddressInvalid))?;
        let route = self.route();
        let Outcome::Answer(answer) = &route.found()?.route.outcome else {
            return None;
        };
        let place = answer.place.clone()?;
        let says = logged.message();
        let text = format!("nginx logged for our request: {says}");
        Some(NoAddress {
            record: Evidence::strong(text, &logged.source),
            variable: self.line_text(&place).and_then(|text| self.given(&text)),
            place,
            says,
        })
    }

    fn given(&self, line: &str) -> Option<(String, Place)> {
        let nginx = self.nginx();
        let http = nginx.found()?.http.as_ref()?;
        let mut names = line.split('$').skip(1).map(|rest| {
            let rest = rest.trim_start_matches('{');
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
        });
        names.find_map(|name| {
            let definition = http.definition(name.as_bytes())?;
            Some((format!("${name}"), definition.place.clone()))
        })
    }
}
