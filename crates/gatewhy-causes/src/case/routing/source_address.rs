//! The address that the proxy is told to connect from.
use crate::case::exchange::link::Link;
use crate::case::programs::kind::Kind;
use crate::case::remedies::insert::Wanted;
use crate::evidence::Evidence;
use core::net::{IpAddr, SocketAddr};
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;

/// What the configuration says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceAddress {
    /// The address; none where it holds variables.
    pub ip: Option<IpAddr>,
    /// The directive: `proxy_bind`, `source`.
    pub directive: String,
    /// Where it stands.
    pub place: Place,
    /// The directive that lets the system choose; none where there is no such word.
    pub any: Option<Wanted>,
}

impl Link<'_, '_> {
    /// The address that connections to this backend shall come from, where the
    /// configuration names one.
    pub fn source_address(&self) -> Option<SourceAddress> {
        match self.case.proxy_kind() {
            Kind::Nginx => {
                let set = self.case.backend_settings()?.bind.as_ref()?;
                let directive = format!("{}_bind", self.peer.protocol.directive_prefix());
                let any = Wanted::instead_of(Some(set), directive.clone(), "off".to_owned());
                Some(SourceAddress {
                    ip: address(set.value.as_bytes()),
                    directive,
                    place: set.place.clone()?,
                    any: Some(any),
                })
            }
            Kind::Haproxy => {
                let (written, place) = self.case.haproxy_source(&self.peer.dial)?;
                Some(SourceAddress {
                    ip: address(written.as_bytes()),
                    directive: "source".to_owned(),
                    place,
                    any: None,
                })
            }
            // Apache goes on with any address; the others have no such word.
            Kind::Apache
            | Kind::Caddy
            | Kind::Lighttpd
            | Kind::Varnish
            | Kind::Traefik
            | Kind::Envoy
            | Kind::SocketProxy => None,
        }
    }

    /// That no interface of this host has that address, as far as that can be known.
    pub fn has_not(&self, ip: IpAddr) -> Option<Evidence> {
        // Another network has its own addresses.
        let here = self.case.proxy_apart().is_none();
        (here && self.case.is_own_address(ip) == Some(false)).then(|| {
            let fact = self.case.own_addresses();
            let source = fact.source().cloned().unwrap_or_default();
            Evidence::proof(format!("no interface of this host has {ip}"), &source)
        })
    }
}

/// `198.51.100.7`, perhaps with a port, or with other words behind it.
pub(crate) fn address(text: &[u8]) -> Option<IpAddr> {
    let word = text.split(|b| *b == b' ').next()?;
    let word = core::str::from_utf8(word).ok()?;
    let bare = word.trim_start_matches('[').trim_end_matches(']');
    let whole = || word.parse::<SocketAddr>().map(|at| at.ip());
    bare.parse().or_else(|_| whole()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_configurations_write_them() {
        let ip = Some(IpAddr::from([198, 51, 100, 7]));
        for text in [
            "198.51.100.7",
            "198.51.100.7:8080",
            "198.51.100.7 transparent",
        ] {
            assert_eq!(address(text.as_bytes()), ip, "{text}");
        }
        assert_eq!(address(b"[::1]:0"), "::1".parse().ok());
        assert_eq!(address(b"$remote_addr transparent"), None);
        assert_eq!(address(b"\xff"), None);
    }
}
