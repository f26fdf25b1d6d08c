//! Messages that stop nginx from starting or reloading, with their place.
use super::template::{Row, row};
use crate::scan;
use crate::symptom::Symptom;

const EACCES: u16 = 13;
const EADDRINUSE: u16 = 98;
const EADDRNOTAVAIL: u16 = 99;

const BIND: &str = "bind() to {} failed";

/// Only for level `emerg`.
pub(super) static TABLE: &[Row] = &[
    row(
        "host not found in upstream \"{}\"",
        Symptom::StartHostNotFound,
    ),
    row(
        "host not found in \"{}\" of the \"{}\" directive",
        Symptom::StartHostNotFound,
    ),
    row("host not found in {}", Symptom::StartHostNotFound),
    row(BIND, Symptom::StartAddressInUse).errno(&[EADDRINUSE]),
    row(BIND, Symptom::StartBindDenied).errno(&[EACCES]),
    row(BIND, Symptom::StartAddressAbsent).errno(&[EADDRNOTAVAIL]),
    row(BIND, Symptom::StartConfigInvalid),
    row(
        "listen() to {}, backlog {_#} failed",
        Symptom::StartAddressInUse,
    )
    .errno(&[EADDRINUSE]),
    row("still could not bind()", Symptom::StartAddressInUse),
    row(
        "cannot load certificate \"{}\": {}",
        Symptom::StartCertificateUnusable,
    ),
    row(
        "cannot load certificate key \"{}\": {}",
        Symptom::StartCertificateUnusable,
    ),
    row("{_} \"{}\" failed", Symptom::StartFileUnusable),
    row("{_}(\"{}\", {_#}) failed", Symptom::StartFileUnusable),
];

/// Takes ` in FILE:LINE` off the end of a message about the configuration.
pub(super) fn strip_place(message: &[u8]) -> (&[u8], Option<(&[u8], u32)>) {
    let found = scan::rsplit_once(message, ":").and_then(|(rest, line)| {
        let (message, file) = scan::rsplit_once(rest, " in ")?;
        let line = scan::whole_number(line)?;
        let is_path = file.starts_with(b"/") && !file.contains(&b'"');
        is_path.then_some((message, (file, line)))
    });
    found.map_or((message, None), |(message, place)| (message, Some(place)))
}
