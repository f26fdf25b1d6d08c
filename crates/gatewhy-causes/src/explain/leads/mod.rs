//! The table: symptom → causes. The first lead that fits a record counts.
use super::lead::Lead;
use gatewhy_facts::log_line::Record;

mod answer;
mod backend;
mod connect;
mod edge;
mod gateway;
mod tls;

/// Special leads first.
static TABLES: &[&[Lead]] = &[
    edge::LEADS,
    gateway::SPECIAL,
    connect::LEADS,
    answer::LEADS,
    tls::LEADS,
    gateway::LEADS,
    backend::LEADS,
];

/// The lead for a record.
pub(super) fn find(record: &Record<'_>) -> Option<&'static Lead> {
    let symptom = record.symptom?;
    let mut all = all();
    all.find(|lead| lead.on.contains(&symptom) && (lead.when)(record))
}

/// Every lead there is.
pub(super) fn all() -> impl Iterator<Item = &'static Lead> {
    TABLES.iter().flat_map(|table| table.iter())
}
