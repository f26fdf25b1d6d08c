//! How long each question may take, and whether it waits for somebody else.
use super::run;
use gatewhy_facts::question::Question;
use std::time::Duration;

/// Readers stop by themselves before this; only a hanging kernel reaches it.
const READ: Duration = Duration::from_secs(2);
const DNS: Duration = Duration::from_secs(5);
/// A conversation ends by itself; this much more is left for it to say so.
const GRACE: Duration = Duration::from_millis(500);

/// How long the answer may take before it is given up.
pub(super) fn of(question: &Question) -> Duration {
    match question {
        Question::Exchange(exchange) => {
            Duration::from_millis(u64::from(exchange.patience_ms)) + GRACE
        }
        Question::Dns { .. } => DNS,
        Question::Run(_) => run::TIME + GRACE,
        _ => READ,
    }
}

/// Whether the answer waits for another process or machine, and costs us little.
pub(super) fn waits(question: &Question) -> bool {
    matches!(
        question,
        Question::Exchange(_) | Question::Dns { .. } | Question::Resolve { .. } | Question::Run(_)
    )
}
