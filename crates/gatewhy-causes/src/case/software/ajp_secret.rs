//! The secret of an AJP connector: whether Tomcat wants one that Apache does not send.
//! What the secrets are is masked, so only whether there is one can be told.
use super::tomcat::Placed;
use crate::case::Case;
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::{Peer, Protocol};
use gatewhy_facts::apache::config::Directive;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::prelude::*;

impl Case<'_> {
    /// Whether a 403 is no fault of the visitor's: by the files on disk, a Tomcat behind
    /// wants a secret that is not sent. Absent when none does.
    pub(in crate::case) fn refused_for_secret(&self) -> Fact<()> {
        let source = Source::new("the proxy's configuration");
        let another = self.proxy().found().is_some() && self.proxy_kind() != Kind::Apache;
        if another || self.is_outside() {
            return Fact::Absent(source);
        }
        self.any_peer(|_| true, |peer| self.secret_unsaid(peer).map(drop))
    }

    /// The connector that wants a secret, where nothing in Apache's configuration names
    /// one, and Tomcat was started since its file was changed.
    fn secret_unsaid(&self, peer: &Peer) -> Fact<Placed> {
        let source = Source::new("the proxy's configuration");
        if self.proxy_kind() != Kind::Apache || peer.protocol != Protocol::Ajp {
            return Fact::Absent(source);
        }
        let config = self.apache();
        match config {
            Fact::Found(config, _) if config.directives.iter().any(names_secret) => {
                return Fact::Absent(source);
            }
            Fact::Found(config, _) => {
                if let Some(gap) = config.gaps.first() {
                    return Fact::Unknown(gap.clone());
                }
            }
            Fact::Absent(source) => return Fact::Absent(source),
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        }
        if let Fact::Unknown(gap) = self.processes() {
            return Fact::Unknown(gap);
        }
        // Not by who listens: that is asked only where the site is known to fail.
        self.tomcat_set_up_for(&peer.dial).and_then(|service, _| {
            let wants = self.connector_of(&service.unit, &peer.dial);
            wants.and_then(|at, source| {
                let connector = &at.connector;
                if !(connector.ajp && connector.has_secret && connector.secret_required) {
                    return Fact::Absent(source);
                }
                let open = |what: &str| {
                    Fact::Unknown(Gap::new(what, "it could not be read", "run as root"))
                };
                // Another machine's Tomcat may have the same port.
                match self.is_local(&peer.dial) {
                    Some(true) => {}
                    Some(false) => return Fact::Absent(source),
                    None => return open("whether the backend is on this host"),
                }
                match self.is_newer(&at.file, &service.unit) {
                    Fact::Found(false, _) => Fact::Found(at, source),
                    Fact::Found(true, source) => Fact::Absent(source),
                    Fact::Absent(_) => open("when Tomcat read its configuration"),
                    Fact::Unknown(gap) => Fact::Unknown(gap),
                }
            })
        })
    }
}

impl Link<'_, '_> {
    /// The connector behind the address that wants a secret which is not sent.
    pub fn unsaid_secret(&self) -> Fact<Placed> {
        self.case.secret_unsaid(self.peer)
    }
}

/// `ProxyPass / ajp://127.0.0.1:8009/ secret=…`, and wherever else it may stand.
fn names_secret(directive: &Directive) -> bool {
    let word = |word: &String| {
        word.get(..7)
            .is_some_and(|start| start.eq_ignore_ascii_case("secret="))
    };
    directive.args.iter().any(word) || directive.block.iter().any(names_secret)
}
