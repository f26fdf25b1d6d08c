//! What the visitor gets of it.
use super::phase::Phase;
use super::record::ErrorRecord;
use crate::symptom::{About, Symptom};

/// What the visitor gets when nginx logs a symptom and no other server of the
/// group takes the request over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// An error page with this status, if `error_page` does not change it.
    Status(u16),
    /// The status that was sent already, often 200, and a body that is cut off.
    BodyCut,
    /// Nothing that can be told from this record.
    Nothing,
    /// nginx does not start, or goes on with the configuration it had.
    NotStarted,
}

/// Statuses other than the 502 of most symptoms about the upstream.
const STATUSES: &[(Symptom, u16)] = &[
    (Symptom::ConnectTimeout, 504),
    (Symptom::ResponseTimeout, 504),
    (Symptom::SendTimeout, 504),
    (Symptom::TlsHandshakeTimeout, 504),
    (Symptom::UpstreamTimeout, 504),
    (Symptom::NoResolver, 502),
    (Symptom::NameNotFound, 502),
    (Symptom::NameServerFailure, 502),
    (Symptom::NameQueryRefused, 502),
    (Symptom::NameTimeout, 502),
    (Symptom::NameLookupFailed, 502),
    (Symptom::SourceAddressUnusable, 500),
    (Symptom::UpstreamAddressInvalid, 500),
    (Symptom::RequestTooBigForProtocol, 500),
    (Symptom::AuthRequestFailed, 500),
    (Symptom::RewriteCycle, 500),
    (Symptom::RateLimited, 503),
    (Symptom::ConnectionLimited, 503),
    (Symptom::RequestBodyTooLarge, 413),
    (Symptom::ClientClosed, 499),
    (Symptom::PhpMemoryLimit, 500),
    (Symptom::PhpExecutionTime, 500),
    (Symptom::PhpUncaught, 500),
    (Symptom::PhpFatal, 500),
    (Symptom::ScriptUnknown, 404),
    (Symptom::ScriptUnreadable, 403),
    (Symptom::ScriptDenied, 403),
];

/// Symptoms about the upstream that leave the response as it is.
const HARMLESS: &[Symptom] = &[
    Symptom::UpstreamDisabled,
    Symptom::HeaderDuplicateIgnored,
    Symptom::BodyTooLong,
    Symptom::UpgradedIdle,
    Symptom::StatusLineMissing,
];

/// Limits and files of nginx: 500 while there is no response header yet.
const LOCAL: &[Symptom] = &[
    Symptom::OutOfFiles,
    Symptom::SystemOutOfFiles,
    Symptom::WorkerConnectionsUsedUp,
    Symptom::FileDenied,
    Symptom::FileMissing,
    Symptom::DiskFull,
    Symptom::ReadOnlyFileSystem,
    Symptom::GatewayOutOfMemory,
    Symptom::ZoneFull,
];

impl ErrorRecord<'_> {
    /// What the visitor gets of it.
    pub fn effect(&self) -> Effect {
        let Some(symptom) = self.symptom else {
            return Effect::Nothing;
        };
        if symptom.id().starts_with("start-") {
            return Effect::NotStarted;
        }
        // What becomes of a sub-request's failure its parent decides.
        if HARMLESS.contains(&symptom) || self.context.subrequest.is_some() {
            return Effect::Nothing;
        }
        let passing = matches!(
            self.phase,
            Some(Phase::ReadingBody | Phase::SendingToClient | Phase::Upgraded | Phase::Streaming)
        );
        let about_upstream = symptom.about() == About::Upstream;
        if passing && (about_upstream || LOCAL.contains(&symptom)) {
            return Effect::BodyCut;
        }
        if let Some((_, status)) = STATUSES.iter().find(|(known, _)| *known == symptom) {
            return Effect::Status(*status);
        }
        let for_request = self.context.request.is_some();
        match about_upstream {
            true => Effect::Status(502),
            false if for_request && LOCAL.contains(&symptom) => Effect::Status(500),
            false => Effect::Nothing,
        }
    }
}
