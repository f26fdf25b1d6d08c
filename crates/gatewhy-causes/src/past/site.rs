//! Which lines of the proxy's logs are about the site that is diagnosed.
use super::failure::Told;
use crate::case::Case;
use gatewhy_facts::nginx::tree::Directive;
use gatewhy_facts::prelude::*;

/// The site, as logs name it.
#[derive(Clone, Debug, Default)]
pub(super) struct Site {
    /// The host of the URL.
    host: String,
    /// The first `server_name` of the server block that takes the request, which is
    /// what nginx's error log says of it.
    server: Option<Vec<u8>>,
    /// Whether no other server could have written gateway errors into the access log.
    pub(super) alone: bool,
}

impl Site {
    pub(super) fn of(case: &Case<'_>) -> Self {
        let route = case.route();
        let block = route.found().and_then(|routed| routed.route.server.clone());
        let first = block.as_ref().and_then(|server| {
            let names = server.block().iter().find(|d| d.is("server_name"))?;
            names.arg(0).map(<[u8]>::to_vec)
        });
        let nginx = case.nginx();
        let http = nginx.found().and_then(|nginx| nginx.http.as_ref());
        let others = http.into_iter().flat_map(|http| &http.servers);
        let others = others.filter(|other| {
            let same = block
                .as_ref()
                .is_some_and(|own| own.place == other.directive.place);
            !same && passes(&other.directive) && !has_own_log(&other.directive)
        });
        let own = block.as_ref().is_some_and(|server| has_own_log(server));
        // A server that could not be read may write there, too.
        let whole = block.is_some() && nginx.found().is_some_and(|nginx| nginx.gaps.is_empty());
        Self {
            host: case.request.host.clone(),
            server: first,
            alone: whole && (own || others.count() == 0),
        }
    }

    /// Whether a record is about a request to this site.
    pub(super) fn is_ours(&self, told: &Told<'_>) -> bool {
        let host = told.record.host.as_deref();
        if host.is_some_and(|host| self.is_host(host)) {
            return true;
        }
        match (&self.server, &told.server) {
            (Some(own), Some(server)) => own == &**server,
            // A proxy whose log names neither has one site here, or tells of all.
            (_, None) => host.is_none(),
            (None, Some(_)) => false,
        }
    }

    /// Whether a log's field names this site: with its host, or its server's first name.
    pub(super) fn is_named(&self, name: &[u8]) -> bool {
        self.is_host(name) || self.server.as_deref() == Some(name)
    }

    /// Whether a Host header names this site.
    pub(super) fn is_host(&self, host: &[u8]) -> bool {
        let text = String::from_utf8_lossy(host).to_ascii_lowercase();
        let name = match text.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => &text,
        };
        name.trim_matches(['[', ']']) == self.host
    }
}

/// Whether a server hands requests to backends.
fn passes(directive: &Directive) -> bool {
    let name = directive.name.bytes.as_slice();
    name.ends_with(b"_pass")
        || name == b"return"
        || directive.block().iter().any(|inner| passes(inner))
}

fn has_own_log(server: &Directive) -> bool {
    server.block().iter().any(|d| d.is("access_log"))
}
