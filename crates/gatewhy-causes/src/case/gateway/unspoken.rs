//! A backend's protocol that Apache is not set up to speak: it says so of our own request.
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::routing::route;
use crate::evidence::{Evidence, Strength};
use crate::verdict::{Finding, HopName};
use gatewhy_facts::apache::route::Pass;
use gatewhy_facts::apache::target;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;
use gatewhy_facts::symptom::Symptom;

/// What Apache lacks to speak to its backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// The module of the scheme, as `a2enmod` names it.
    Module(&'static str),
    /// A scheme that there is.
    Scheme,
    /// `SSLProxyEngine on`; the line that says otherwise.
    Tls(Option<Place>),
}

/// A backend that Apache was not set up to speak to.
#[derive(Clone, Debug)]
pub struct Unspoken {
    /// What it lacks.
    pub lack: Lack,
    /// The scheme of the backend's URL.
    pub scheme: String,
    /// The line that makes the call.
    pub place: Place,
    /// The line or section of the site that it stands in: before it, a directive holds
    /// for the site. None where such may not stand.
    pub outer: Option<Place>,
    /// Whether the files have by now what it lacks.
    pub mended: bool,
    /// What it logged.
    pub said: Evidence,
}

impl Case<'_> {
    /// What Apache lacks to speak to the backend, as it logged for our own request.
    pub fn unspoken(&self) -> Option<Unspoken> {
        if self.proxy_kind() != Kind::Apache {
            return None;
        }
        let logged = self.just_logged(&[Symptom::HandlerMissing, Symptom::TlsNotEnabled])?;
        let said = Evidence::strong(logged.said_by(self.proxy_name()), &logged.source);
        let route = self.apache_route();
        let pass = route.found()?.pass.as_ref()?;
        match logged.record.symptom? {
            Symptom::HandlerMissing => self.no_handler(pass, said),
            Symptom::TlsNotEnabled if is_tls(&scheme(pass)) => {
                let block = route.found()?.blocks.last();
                let outer = block.map(|(_, place)| place.clone());
                Some(Unspoken {
                    lack: Lack::Tls(pass.tls_engine.1.clone()),
                    scheme: scheme(pass),
                    place: pass.place.clone(),
                    outer: outer.filter(|place| !place.file.as_str().ends_with(".htaccess")),
                    mended: pass.tls_engine.0,
                    said,
                })
            }
            _ => None,
        }
    }

    /// Of a balancer two modules are needed: its own, and that of its members.
    fn no_handler(&self, pass: &Pass, said: Evidence) -> Option<Unspoken> {
        let config = self.apache();
        let config = config.found()?;
        let balancer = pass.balancer.is_some().then(|| "balancer".to_owned());
        let needed: Vec<String> = balancer.into_iter().chain([scheme(pass)]).collect();
        let is_loaded = |scheme: &&String| {
            let module = target::module_of(scheme);
            module.is_some_and(|module| config.modules.contains(&format!("{module}_module")))
        };
        let missing = needed.iter().find(|scheme| !is_loaded(scheme));
        let scheme = missing.or(needed.last())?.clone();
        Some(Unspoken {
            lack: target::module_of(&scheme).map_or(Lack::Scheme, Lack::Module),
            scheme,
            place: pass.place.clone(),
            outer: None,
            mended: missing.is_none(),
            said,
        })
    }

    /// What the log and the files tell of it, as a finding without its fix.
    pub fn unspoken_finding(&self, unspoken: &Unspoken, summary: String) -> Finding {
        let source = route::source_of(&unspoken.place);
        let text = format!("the request goes to a backend with {}://", unspoken.scheme);
        let named = Evidence::weak(text, &source).with_excerpt(self.excerpt(&unspoken.place));
        let said = Evidence {
            // Just now, of this very request, and the files say the same.
            strength: if unspoken.mended {
                Strength::Strong
            } else {
                Strength::Proof
            },
            ..unspoken.said.clone()
        };
        Finding::new(HopName::Proxy, self.proxy_name(), summary)
            .because(said)
            .because(named)
    }
}

fn scheme(pass: &Pass) -> String {
    let first = pass.members.first();
    first.map_or_else(
        || "balancer".to_owned(),
        |member| member.target.scheme.clone(),
    )
}

fn is_tls(scheme: &str) -> bool {
    matches!(scheme, "https" | "wss" | "h2")
}
