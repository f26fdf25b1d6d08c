//! A gateway's failures beside what backends, their supervisors and the kernel told
//! at that time: the other log often knows the reason.
use gatewhy_causes::explain::{self, Candidate, Explanation, incident};
use gatewhy_causes::verdict::Confidence;
use gatewhy_facts::log_line::{self, Record, Server};
use gatewhy_facts::scan;
use gatewhy_facts::symptom::Symptom;
use gatewhy_logs::events::Event;
use gatewhy_logs::report::{Report, Row};
use std::collections::BTreeMap;

/// How long after an event failures begin that it explains, in seconds: as long as
/// gateways wait for an answer, twice.
const AFTER: i64 = 120;
/// How much earlier they may seem to begin: logs round seconds, each in its way.
const BEFORE: i64 = 2;

/// A reason that another log tells.
#[derive(Clone, Debug)]
pub(super) struct Joined<'a> {
    /// What both lines together leave open first.
    pub(super) cause: Candidate,
    /// The line of the other log.
    pub(super) event: &'a Event,
    /// What it says, without what stands before it.
    pub(super) message: &'a [u8],
    /// Seconds from there to the failures; negative ones count as none.
    pub(super) seconds: i64,
}

/// The reason for a kind of failure, where an event shortly before it is one of those
/// that its record leaves open.
pub(super) fn of<'a>(report: &'a Report, row: &Row) -> Option<Joined<'a>> {
    if report.events.is_empty() {
        return None;
    }
    let own = log_line::recognise(&row.example)?;
    let own = (own, explain::line(&own, &explain::Settings::default()));
    let near: Vec<Near<'_>> = kinds(report)
        .into_values()
        .filter_map(|events| Near::of(&events, row))
        .filter(|near| near.agrees(&own))
        .collect();
    let told: Vec<(&Record<'_>, &Explanation)> = near
        .iter()
        .map(|near| (&near.record, &near.explanation))
        .chain([(&own.0, &own.1)])
        .collect();
    let causes = incident::judge(&told);
    let sure = |cause: &Candidate| cause.confidence >= Confidence::Likely;
    causes.into_iter().filter(sure).find_map(|cause| {
        // The line that says it most plainly.
        let telling = near
            .iter()
            .filter_map(|near| Some((near, near.open(cause.id)?)));
        let (near, told) = telling.min_by_key(|(near, told)| {
            let sure = std::cmp::Reverse(told.confidence);
            (sure, near.event.at, near.event.place)
        })?;
        Some(Joined {
            cause: Candidate {
                // Being near is no proof.
                confidence: Confidence::Likely,
                check: cause.check.clone().or_else(|| told.check.clone()),
                ..cause
            },
            event: near.event,
            message: near.record.message,
            seconds: near.seconds,
        })
    })
}

fn kinds(report: &Report) -> BTreeMap<Symptom, Vec<&Event>> {
    let mut kinds: BTreeMap<Symptom, Vec<&Event>> = BTreeMap::new();
    for event in &report.events {
        kinds.entry(event.symptom).or_default().push(event);
    }
    kinds
}

/// An event with failures behind it.
struct Near<'a> {
    event: &'a Event,
    seconds: i64,
    record: Record<'a>,
    explanation: Explanation,
}

impl<'a> Near<'a> {
    /// The first event of one kind that failures followed. None where most such
    /// events had no consequence, and the failures had begun before: then it is
    /// chance that one of them is near.
    fn of(events: &[&'a Event], row: &Row) -> Option<Self> {
        let followed: Vec<(&Event, i64)> = events
            .iter()
            .filter_map(|event| Some((*event, seconds_to_failure(event, row)?)))
            .collect();
        let (event, seconds) = *followed.first()?;
        let begins = row.first.is_some_and(|first| {
            let lag = first.seconds_from_epoch() - event.at.seconds_from_epoch();
            (-BEFORE..=AFTER).contains(&lag)
        });
        (begins || followed.len() * 2 >= events.len()).then_some(())?;
        let record = log_line::recognise(&event.line)?;
        if is_about_proxy(&record) {
            return None;
        }
        Some(Self {
            event,
            seconds,
            record,
            explanation: explain::line(&record, &explain::Settings::default()),
        })
    }

    fn open(&self, id: &str) -> Option<&Candidate> {
        self.explanation.causes.iter().find(|cause| cause.id == id)
    }

    /// Whether the gateway's line leaves open what this one tells, and neither names
    /// an address that the other contradicts.
    fn agrees(&self, own: &(Record<'_>, Explanation)) -> bool {
        let (record, explanation) = own;
        let same = match (self.record.peer, record.peer) {
            (Some(there), Some(here)) => there == here,
            _ => true,
        };
        let mut open = explanation.causes.iter();
        same && open.any(|cause| self.open(cause.id).is_some())
    }
}

/// Whether systemd speaks of a proxy itself, which is no reason of what is behind it.
fn is_about_proxy(record: &Record<'_>) -> bool {
    const PROXIES: [&str; 10] = [
        "nginx",
        "openresty",
        "apache2",
        "httpd",
        "haproxy",
        "caddy",
        "traefik",
        "envoy",
        "varnish",
        "lighttpd",
    ];
    let names = |name: &str| {
        let unit = format!("{name}.service");
        scan::holds(record.message, &unit)
    };
    record.server == Server::Systemd && PROXIES.iter().any(|name| names(name))
}

/// From the event to the first failures that begin behind it.
fn seconds_to_failure(event: &Event, row: &Row) -> Option<i64> {
    let at = event.at.seconds_from_epoch();
    let from = row
        .onsets
        .partition_point(|onset| onset.seconds_from_epoch() < at - BEFORE);
    let onset = row.onsets.get(from)?.seconds_from_epoch();
    (onset <= at + AFTER).then_some(onset - at)
}
