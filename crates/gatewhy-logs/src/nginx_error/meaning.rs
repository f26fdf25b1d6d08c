//! What a record means for the counts.
use crate::intern::Names;
use crate::tally::{Tally, What};
use gatewhy_facts::nginx::error_log::{self, ErrorRecord, Peer, Phase};
use gatewhy_facts::symptom::{About, Symptom};

/// What is counted of a record; `None` where nothing is known of its message.
pub(super) fn of_record(record: &ErrorRecord<'_>) -> Option<What> {
    let symptom = record.symptom?;
    let failed = is_failure(symptom, record.phase.is_some_and(Phase::is_upstream));
    Some(What {
        symptom,
        failed,
        from_access: false,
    })
}

/// Whether an exchange with an upstream failed of it: an error between the gateway
/// and the upstream or its name server, or one of the gateway's own that happened
/// while it talked to the upstream.
pub(crate) fn is_failure(symptom: Symptom, talking_to_upstream: bool) -> bool {
    let own = matches!(
        symptom,
        Symptom::NoResolver | Symptom::UpstreamAddressInvalid | Symptom::SourceAddressUnusable
    );
    let is_error = symptom.error_type().is_some();
    match symptom {
        Symptom::PassedOnError => true,
        Symptom::GatewayAnsweredError => talking_to_upstream,
        _ => match symptom.about() {
            About::Upstream | About::Resolver => is_error,
            About::Gateway => is_error && (own || talking_to_upstream),
            _ => false,
        },
    }
}

/// The upstream's number: its address; for a failed lookup the name that was
/// looked up; for an unreachable name server that server.
pub(super) fn upstream_of(record: &ErrorRecord<'_>, what: What, tally: &mut Tally) -> u32 {
    if let Some(name) = name_in_message(record) {
        return tally.upstreams.number(name);
    }
    let Some(upstream) = record.context.upstream else {
        return if record.cut && what.failed {
            Names::CUT
        } else {
            Names::NONE
        };
    };
    // Without a closing quote, a scheme or a path, the address itself may be cut.
    if record.context.cut && (upstream.uri.is_none() || upstream.scheme.is_none()) {
        return Names::CUT;
    }
    match upstream.peer {
        Peer::Unix(path) => tally.upstreams.number(&[b"unix:", path].concat()),
        Peer::Name(name) => tally.upstreams.number(name),
        Peer::Inet(address) => tally.upstreams.number(address.to_string().as_bytes()),
    }
}

/// The name or name server that a message about looking names up is about.
pub(super) fn name_in_message<'a>(record: &ErrorRecord<'a>) -> Option<&'a [u8]> {
    let symptom = record.symptom?;
    let is_about_name = symptom.about() == About::Resolver || symptom == Symptom::NoResolver;
    let name = match symptom {
        Symptom::ResolverUnreachable | Symptom::ResolverAnswerOdd => record.context.resolver,
        _ => record.text,
    };
    name.filter(|_| is_about_name)
}

/// The same, for a line whose fields do not have the usual shape.
pub(super) fn upstream_of_line(line: &[u8], tally: &mut Tally) -> u32 {
    error_log::first(line).map_or(Names::NONE, |(record, _)| {
        let what = of_record(&record);
        what.map_or(Names::NONE, |what| upstream_of(&record, what, tally))
    })
}
