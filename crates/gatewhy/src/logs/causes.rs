//! Which causes a kind of failure leaves open.
use gatewhy_logs::report::Row;

/// A cause that a kind of failure leaves open.
pub(super) struct Candidate {
    /// Its id.
    pub(super) id: &'static str,
    /// A command that tells whether it is this one.
    pub(super) check: Option<String>,
}

/// The causes, likeliest first.
pub(super) fn of(_row: &Row) -> Vec<Candidate> {
    Vec::new()
}
