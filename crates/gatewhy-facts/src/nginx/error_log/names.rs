//! Messages about looking up the backend's name.
use super::template::{During, Row, row};
use crate::symptom::Symptom;

/// Numbers of `ngx_resolver.h`: DNS response codes, and 110 for a time-out.
const SERVFAIL: u16 = 2;
const NXDOMAIN: u16 = 3;
const REFUSED: u16 = 5;
const TIMED_OUT: u16 = 110;

const UNRESOLVED: &str = "{} could not be resolved";

pub(super) static TABLE: &[Row] = &[
    row(UNRESOLVED, Symptom::NameNotFound).errno(&[NXDOMAIN]),
    row(UNRESOLVED, Symptom::NameServerFailure).errno(&[SERVFAIL]),
    row(UNRESOLVED, Symptom::NameQueryRefused).errno(&[REFUSED]),
    row(UNRESOLVED, Symptom::NameTimeout).errno(&[TIMED_OUT]),
    row(UNRESOLVED, Symptom::NameLookupFailed),
    row("connect() failed", Symptom::ResolverUnreachable).during(During::Resolving),
    row("connect() to {} failed", Symptom::ResolverUnreachable).during(During::Resolving),
    row("send() failed", Symptom::ResolverUnreachable).during(During::Resolving),
    row("recv() failed", Symptom::ResolverUnreachable).during(During::Resolving),
    row("DNS error ({}", Symptom::ResolverAnswerOdd),
    row("unexpected DNS response for {}", Symptom::ResolverAnswerOdd),
    row("wrong ident {}", Symptom::ResolverAnswerOdd),
    row(
        "no A or CNAME types in DNS response",
        Symptom::ResolverAnswerOdd,
    ),
    row("no SRV type in DNS response", Symptom::ResolverAnswerOdd),
    row("short DNS response", Symptom::ResolverAnswerOdd),
    row("invalid UDP DNS response {}", Symptom::ResolverAnswerOdd),
    row("invalid TCP DNS response {}", Symptom::ResolverAnswerOdd),
    row("no resolver defined to resolve {}", Symptom::NoResolver),
    row(
        "no port in upstream \"{}\"",
        Symptom::UpstreamAddressInvalid,
    ),
    row(
        "no host in upstream \"{}\"",
        Symptom::UpstreamAddressInvalid,
    ),
    row(
        "invalid host in upstream \"{}\"",
        Symptom::UpstreamAddressInvalid,
    ),
    row(
        "invalid port in upstream \"{}\"",
        Symptom::UpstreamAddressInvalid,
    ),
    row(
        "too long path in the unix domain socket in upstream \"{}\"",
        Symptom::UpstreamAddressInvalid,
    ),
    row(
        "invalid URL prefix in \"{}\"",
        Symptom::UpstreamAddressInvalid,
    ),
    row("zero length URI to proxy", Symptom::UpstreamAddressInvalid),
];
