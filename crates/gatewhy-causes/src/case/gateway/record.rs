//! What a proxy logged about one request, whichever proxy wrote it.
use crate::case::routing::peer::{Dial, Protocol};
use alloc::borrow::Cow;
use gatewhy_facts::log_line;
use gatewhy_facts::nginx::error_log::{ErrorRecord, Peer as Named, Phase};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::untrusted::shown;

/// What a proxy logged about one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'k> {
    /// The whole line, or lines.
    pub raw: Cow<'k, [u8]>,
    /// What it says, without the fields around it.
    pub message: Cow<'k, [u8]>,
    /// The error number of the system, where the proxy wrote one.
    pub errno: Option<u16>,
    /// What it means, where that is known.
    pub symptom: Option<Symptom>,
    /// What the message names or quotes; see the symptom.
    pub text: Option<Cow<'k, [u8]>>,
    /// The number in the message; see the symptom.
    pub number: Option<u64>,
    /// Whom the proxy talked to.
    pub upstream: Option<Dial>,
    /// What it spoke there, where the record tells.
    pub protocol: Option<Protocol>,
    /// The process that wrote it.
    pub pid: Option<u32>,
    /// The request line as the visitor sent it.
    pub request: Option<Cow<'k, [u8]>>,
    /// The Host header.
    pub host: Option<Cow<'k, [u8]>>,
    /// Whether it is about a request that the proxy made besides.
    pub is_subrequest: bool,
    /// Whether the proxy was in the TLS handshake with the backend.
    pub handshaking: bool,
}

impl<'k> From<ErrorRecord<'k>> for Record<'k> {
    fn from(record: ErrorRecord<'k>) -> Self {
        Self {
            raw: Cow::Borrowed(record.raw),
            message: Cow::Borrowed(record.message),
            errno: record.errno,
            symptom: record.symptom,
            text: record.text.map(Cow::Borrowed),
            number: record.number,
            upstream: dial_of(&record),
            protocol: protocol_of(&record),
            pid: record.pid,
            request: record.context.request.map(Cow::Borrowed),
            host: record.context.host.map(Cow::Borrowed),
            is_subrequest: record.context.subrequest.is_some(),
            handshaking: record.phase == Some(Phase::Handshaking),
        }
    }
}

impl Record<'_> {
    /// The same with bytes of its own.
    pub(crate) fn owned(self) -> Record<'static> {
        let owned = |bytes: Cow<'_, [u8]>| Cow::Owned(bytes.into_owned());
        Record {
            raw: owned(self.raw),
            message: owned(self.message),
            text: self.text.map(owned),
            request: self.request.map(owned),
            host: self.host.map(owned),
            upstream: self.upstream,
            errno: self.errno,
            symptom: self.symptom,
            number: self.number,
            protocol: self.protocol,
            pid: self.pid,
            is_subrequest: self.is_subrequest,
            handshaking: self.handshaking,
        }
    }

    /// What a line tells that any log's reader knows; whom the proxy talked to is for
    /// the caller.
    pub(crate) fn told(line: &[u8], told: &log_line::Record<'_>) -> Record<'static> {
        Record {
            raw: line.to_vec().into(),
            message: told.message.to_vec().into(),
            errno: told.errno,
            symptom: told.symptom,
            text: told.text.map(|text| text.to_vec().into()),
            number: told.number,
            upstream: None,
            protocol: None,
            pid: None,
            request: None,
            host: told.host.map(|host| host.to_vec().into()),
            is_subrequest: false,
            handshaking: false,
        }
    }
}

pub(in crate::case) fn dial_of(record: &ErrorRecord<'_>) -> Option<Dial> {
    match record.context.upstream?.peer {
        Named::Inet(address) => Some(Dial::Tcp(address)),
        Named::Unix(path) => Some(Dial::Unix(HostPath::new(shown(path).to_string()))),
        Named::Name(_) => None,
    }
}

fn protocol_of(record: &ErrorRecord<'_>) -> Option<Protocol> {
    Some(match record.context.upstream?.scheme? {
        b"http" => Protocol::Http,
        b"https" => Protocol::Https,
        b"fastcgi" => Protocol::FastCgi,
        b"uwsgi" => Protocol::Uwsgi,
        b"scgi" => Protocol::Scgi,
        b"grpc" | b"grpcs" => Protocol::Grpc,
        b"memcached" => Protocol::Memcached,
        _ => return None,
    })
}

impl Record<'_> {
    /// Whether it says that nobody trusted signed the backend's certificate, in Go's words.
    pub fn names_unknown_authority(&self) -> bool {
        let text = self.text.as_deref().unwrap_or_default();
        gatewhy_facts::scan::holds(text, "signed by unknown authority")
    }

    /// Whether it says that a certificate is out of date, in Go's words.
    pub fn names_dates(&self) -> bool {
        gatewhy_facts::scan::holds(&self.raw, "has expired or is not yet valid")
    }

    /// Whether it is about this peer.
    pub fn is_about(&self, dial: &Dial) -> bool {
        match (&self.upstream, dial) {
            // nginx may write the URI right behind the path; below a socket there is
            // nothing else.
            (Some(Dial::Unix(named)), Dial::Unix(path)) => named
                .as_str()
                .strip_prefix(path.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            (named, _) => named.as_ref() == Some(dial),
        }
    }
}
