//! `SSLProxy*`: what httpd demands of a backend's certificate. Names and dates are
//! checked unless it is switched off, whatever `SSLProxyVerify` says.
use super::site::Site;
use crate::prelude::*;
use crate::source_text::Place;
use crate::tls::demands::Demands;

/// `SSLProxyVerifyDepth` unless it is set.
const DEPTH: u64 = 1;

/// Whether a site speaks TLS to its backends, and the line that says so.
pub fn engine(site: &Site<'_>) -> (bool, Option<Place>) {
    let line = site.last("SSLProxyEngine");
    let on = line.is_some_and(|d| d.arg(0).eq_ignore_ascii_case("on"));
    (on, line.map(|d| d.place.clone()))
}

/// What holds for a site and a backend of that name.
pub fn demands(site: &Site<'_>, host: &str) -> Demands {
    let on = |directive: &str| {
        let set = site.last(directive);
        set.is_none_or(|d| !d.arg(0).eq_ignore_ascii_case("off"))
    };
    let authority = site.last("SSLProxyVerify").is_some_and(|d| {
        let how = d.arg(0);
        how.eq_ignore_ascii_case("require") || how.eq_ignore_ascii_case("optional")
    });
    let depth = site.last("SSLProxyVerifyDepth");
    let file = site.last("SSLProxyCACertificateFile");
    Demands {
        authority,
        dates: on("SSLProxyCheckPeerExpire"),
        name: on("SSLProxyCheckPeerName").then(|| host.to_owned()),
        depth: authority.then(|| depth.and_then(|d| d.arg(0).parse().ok()).unwrap_or(DEPTH)),
        trusted: file.map(|d| (d.arg(0).to_owned(), d.place.clone())),
    }
}
