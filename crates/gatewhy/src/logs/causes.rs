//! Which causes a kind of failure leaves open.
use gatewhy_causes::explain::{self, Candidate};
use gatewhy_facts::log_line;
use gatewhy_logs::report::Row;

/// The causes, likeliest first: those that its first record leaves open.
pub(super) fn of(row: &Row) -> Vec<Candidate> {
    of_record(&row.example)
}

/// The causes that one record leaves open.
pub(super) fn of_record(record: &[u8]) -> Vec<Candidate> {
    log_line::recognise(record).map_or_else(Vec::new, |record| {
        explain::line(&record, &explain::Settings::default()).causes
    })
}
