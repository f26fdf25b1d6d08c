//! What a line tells of its tries at upstreams.
use super::format::Values;
use crate::near::find;
use crate::tally::What;
use gatewhy_facts::nginx::log_format::{Link, tries};
use gatewhy_facts::symptom::Symptom;

/// Whether every status of the line is a good one.
pub(super) fn is_plainly_fine(values: &Values<'_>) -> bool {
    let good = |status: &[u8]| matches!(status, [b'1'..=b'4', _, _]) && status != b"499";
    values.status.is_some_and(good) && values.upstream_status.is_none_or(|s| s == b"-" || good(s))
}

/// Tells of every failed try, and of what else went wrong: what it was, and the
/// upstream's address.
pub(super) fn failures<'a>(values: &Values<'a>, mut tell: impl FnMut(What, Option<&'a [u8]>)) {
    let status = values.status.unwrap_or_default();
    let told = values
        .upstream_status
        .filter(|s| !s.is_empty() && *s != b"-");
    if let Some(statuses) = told {
        for (at, (_, item)) in tries(statuses).enumerate() {
            if let Some(symptom) = of_try(values, at, item) {
                tell(what(symptom, true), value(values.address, at));
            }
        }
    } else if matches!(status, b"502" | b"503" | b"504") {
        // Without a try nginx itself refused; without the field nobody can tell.
        let symptom = Symptom::GatewayAnsweredError;
        let failed = values.upstream_status.is_none();
        tell(what(symptom, failed), value(values.address, 0));
    }
    if status == b"499" {
        tell(what(Symptom::ClientClosed, false), value(values.address, 0));
    }
}

const fn what(symptom: Symptom, failed: bool) -> What {
    What {
        symptom,
        failed,
        from_access: true,
    }
}

/// What the try with this status failed of.
fn of_try(values: &Values<'_>, at: usize, status: &[u8]) -> Option<Symptom> {
    let [b'5', _, _] = status else { return None };
    let made_by_nginx = matches!(status, b"502" | b"504");
    let has_header = values.header.map(|_| value(values.header, at).is_some());
    match has_header {
        Some(true) => Some(Symptom::PassedOnError),
        _ if !made_by_nginx => Some(Symptom::PassedOnError),
        None => Some(Symptom::GatewayAnsweredError),
        Some(false) => {
            if is_group(values, at) {
                return Some(Symptom::NoLiveUpstreams);
            }
            let connected = values.connect.map(|_| value(values.connect, at).is_some());
            Some(match (status, connected) {
                (b"504", Some(false)) => Symptom::ConnectTimeout,
                (b"504", Some(true)) => Symptom::ResponseTimeout,
                (b"504", None) => Symptom::UpstreamTimeout,
                (_, Some(false)) => Symptom::ConnectFailed,
                (_, Some(true)) => Symptom::ClosedBeforeResponse,
                (_, None) => Symptom::GatewayAnsweredError,
            })
        }
    }
}

/// Whether the address is a group's name: every server of it was out.
fn is_group(values: &Values<'_>, at: usize) -> bool {
    value(values.address, at).is_some_and(|address| !address.contains(&b':') && !address.is_empty())
}

/// One item of a list over the tries.
fn value(list: Option<&[u8]>, at: usize) -> Option<&[u8]> {
    let list = list?;
    // Mostly there was one try.
    let item = if find(b' ', list).is_none() {
        (at == 0).then_some(list)?
    } else {
        let (_, item): (Link, &[u8]) = tries(list).nth(at)?;
        item
    };
    (item != b"-" && !item.is_empty()).then_some(item)
}
