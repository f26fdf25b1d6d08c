//! Who answers a request in a location.
use super::authority::{self, Authority};
use super::backend_settings::Family;
use super::tree::{Body, Directive};
use crate::prelude::*;
use crate::source_text::Place;
use alloc::sync::Arc;

/// Who answers a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handler {
    /// A backend.
    Pass(Pass),
    /// nginx itself, with files: `index`, `autoindex`, static files.
    Static,
    /// A module of nginx: `stub_status`, `empty_gif`, Lua, njs, perl …
    Module {
        /// The directive that names it.
        name: String,
        /// Where it stands.
        place: Place,
    },
}

/// A `*_pass` directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Which protocol is spoken.
    pub family: Family,
    /// `https` or `grpcs`, `suwsgi`: TLS. Unknown, `false`, with a variable scheme.
    pub tls: bool,
    /// What was written.
    pub written: Vec<u8>,
    /// Where it goes.
    pub target: Target,
    /// Where it stands.
    pub place: Place,
}

/// Where a `*_pass` goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A fixed address, or the name of a group.
    Fixed {
        /// The address, if it is no group. Port 0 means that none is written and
        /// the protocol has none, for which nginx refuses the configuration.
        authority: Authority,
        /// The host as written, which may be a group's name.
        host: String,
        /// Whether a port was written.
        has_port: bool,
        /// The URI part; `None` when the client's own URI is sent.
        uri: Option<Vec<u8>>,
    },
    /// With variables: known only with a request.
    Variable,
    /// Text that nginx refuses; why.
    Invalid(&'static str),
}

/// The handler that a level sets itself, if any: the last one wins.
pub fn own_handler(level: &[Arc<Directive>]) -> Option<Handler> {
    level.iter().rev().find_map(|d| handler(d))
}

fn handler(directive: &Directive) -> Option<Handler> {
    if let Some(pass) = pass(directive) {
        return Some(Handler::Pass(pass));
    }
    let is_module = matches!(
        directive.name.bytes.as_slice(),
        b"stub_status"
            | b"empty_gif"
            | b"flv"
            | b"mp4"
            | b"perl"
            | b"js_content"
            | b"content_by_lua_block"
            | b"content_by_lua_file"
            | b"content_by_lua"
            | b"api"
            | b"echo"
            | b"hls"
            | b"passenger_enabled"
            | b"tunnel_pass"
    );
    let off = directive.is("passenger_enabled") && directive.arg(0) != Some(b"on");
    (is_module && !off).then(|| Handler::Module {
        name: String::from_utf8_lossy(&directive.name.bytes).into_owned(),
        place: directive.place.clone(),
    })
}

/// The `*_pass` directive, if it is one.
pub fn pass(directive: &Directive) -> Option<Pass> {
    let name = directive.name.bytes.as_slice();
    let prefix = name.strip_suffix(b"_pass")?;
    let family = Family::ALL
        .into_iter()
        .find(|family| family.prefix().as_bytes() == prefix)?;
    if !matches!(directive.body, Body::None) {
        return None;
    }
    let written = directive.arg(0)?.to_vec();
    let (tls, target) = if written.contains(&b'$') {
        (false, Target::Variable)
    } else {
        fixed(family, &written)
    };
    Some(Pass {
        family,
        tls,
        written,
        target,
        place: directive.place.clone(),
    })
}

/// Reads the target of a `*_pass` whose variables, if any, have their values.
pub fn fixed(family: Family, url: &[u8]) -> (bool, Target) {
    let scheme = |name: &str| {
        let (head, rest) = url.split_at_checked(name.len())?;
        head.eq_ignore_ascii_case(name.as_bytes()).then_some(rest)
    };
    let (tls, rest, port) = match family {
        Family::Proxy => match (scheme("http://"), scheme("https://")) {
            (Some(rest), _) => (false, rest, 80),
            (None, Some(rest)) => (true, rest, 443),
            (None, None) => return (false, Target::Invalid("invalid URL prefix")),
        },
        Family::Grpc => match (scheme("grpc://"), scheme("grpcs://")) {
            (_, Some(rest)) => (true, rest, 0),
            (Some(rest), None) => (false, rest, 0),
            (None, None) => (false, url, 0),
        },
        Family::Uwsgi => match (scheme("uwsgi://"), scheme("suwsgi://")) {
            (_, Some(rest)) => (true, rest, 0),
            (Some(rest), None) => (false, rest, 0),
            (None, None) => (false, url, 0),
        },
        Family::FastCgi | Family::Scgi | Family::Memcached => (false, url, 0),
    };
    let uri_part = family == Family::Proxy;
    let target = match authority::upstream(rest, port, uri_part) {
        Ok(parsed) => Target::Fixed {
            authority: parsed.authority,
            host: parsed.host,
            has_port: parsed.has_port,
            uri: (!parsed.uri.is_empty()).then_some(parsed.uri),
        },
        Err(why) => Target::Invalid(why),
    };
    (tls, target)
}
