//! The values of variables in a connection that the stream module passes on.
use super::super::route::{map_value, unknown};
use super::super::template::{Part, parts};
use super::super::tree::{Body, Directive};
use super::Stream;
use super::route::Connection;
use crate::fact::Gap;
use crate::prelude::*;
use alloc::sync::Arc;

/// The deepest chain of variables that are defined by each other.
const DEPTH: u8 = 16;
/// The longest text that is worked out.
const TEXT: usize = 1 << 12;

/// What the variables of a server stand for.
pub(super) struct Variables<'a> {
    pub(super) stream: &'a Stream,
    pub(super) connection: &'a Connection,
    /// Whether nginx reads the beginning of a TLS handshake that it passes on.
    pub(super) prereads: bool,
    /// Whether nginx itself speaks TLS with the visitor.
    pub(super) speaks_tls: bool,
}

impl Variables<'_> {
    /// The value of a text with variables.
    pub(super) fn text(&self, text: &[u8]) -> Result<Vec<u8>, Gap> {
        self.text_at(text, 0)
    }

    fn text_at(&self, text: &[u8], depth: u8) -> Result<Vec<u8>, Gap> {
        let shown = || crate::untrusted::shown(text).to_string();
        if depth > DEPTH {
            return Err(Gap::new(shown(), "it is defined by itself", ""));
        }
        let Some(parts) = parts(text) else {
            return Err(Gap::new(shown(), "nginx would refuse it", ""));
        };
        let mut out = Vec::new();
        for part in parts {
            match part {
                Part::Literal(literal) => out.extend(literal),
                Part::Capture(_) => {
                    return Err(Gap::new(
                        shown(),
                        "what a pattern found is not kept here",
                        "",
                    ));
                }
                Part::Variable(name) => out.extend(self.variable(&name, depth)?),
            }
            if out.len() > TEXT {
                return Err(Gap::new(shown(), "it is too long", ""));
            }
        }
        Ok(out)
    }

    fn variable(&self, name: &[u8], depth: u8) -> Result<Vec<u8>, Gap> {
        let name = name.to_ascii_lowercase();
        if let Some(value) = self.of_connection(&name) {
            return Ok(value);
        }
        match self.definition(&name) {
            Some(definition) => self.defined(&name, definition, depth.saturating_add(1)),
            None => Err(unknown(&name, "only the running nginx knows it")),
        }
    }

    fn of_connection(&self, name: &[u8]) -> Option<Vec<u8>> {
        let text = |text: &str| text.as_bytes().to_vec();
        let handshake = self.connection.tls && self.prereads && !self.speaks_tls;
        let decrypted = self.connection.tls && self.speaks_tls;
        let server_name = || self.connection.server_name.clone().unwrap_or_default();
        let address = self.connection.address();
        Some(match name {
            b"ssl_preread_server_name" if handshake => text(&server_name()),
            // Our own handshakes offer no ALPN.
            b"ssl_preread_server_name" | b"ssl_preread_alpn_protocols" => Vec::new(),
            b"ssl_preread_protocol" if !handshake => Vec::new(),
            b"ssl_server_name" if decrypted => text(&server_name()),
            b"ssl_server_name" => Vec::new(),
            b"protocol" => text("TCP"),
            b"server_port" => text(&address?.port().to_string()),
            b"server_addr" => text(&address?.ip().to_string()),
            b"remote_addr" | b"realip_remote_addr" => text(&self.connection.client?.to_string()),
            _ => return None,
        })
    }

    fn definition(&self, name: &[u8]) -> Option<&Arc<Directive>> {
        let defines = |d: &&Arc<Directive>| {
            let last = d.args.last().map(|word| word.bytes.as_slice());
            let defined = last.and_then(|variable| variable.strip_prefix(b"$"));
            matches!(d.name.bytes.as_slice(), b"map" | b"split_clients" | b"geo")
                && defined.is_some_and(|defined| defined.eq_ignore_ascii_case(name))
        };
        self.stream.directive.block().iter().rfind(defines)
    }

    fn defined(&self, name: &[u8], map: &Directive, depth: u8) -> Result<Vec<u8>, Gap> {
        if !map.is("map") {
            return Err(unknown(
                name,
                "geo and split_clients are not worked out here",
            ));
        }
        let entries = map.entries();
        for entry in entries {
            if let Body::Unread(gap) = &entry.body {
                return Err(Gap::clone(gap));
            }
        }
        let value = self.text_at(map.arg(0).unwrap_or_default(), depth)?;
        let (chosen, _) = map_value(entries, &value)?;
        self.text_at(&chosen, depth)
    }
}
