//! What went wrong before a diagnosis could be made, and what to do about it.
use crate::exit::Exit;
use gatewhy_facts::untrusted::shown;

/// A run that ended without a diagnosis.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What was attempted, on what, and why it failed.
    pub(crate) what: String,
    /// What to do.
    pub(crate) hint: String,
    /// The exit code.
    pub(crate) exit: Exit,
}

impl Failure {
    /// A command line that cannot be carried out.
    pub(crate) fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
            exit: Exit::Usage,
        }
    }

    /// The text for standard error.
    pub(crate) fn text(&self) -> String {
        let (what, hint) = (shown(self.what.as_bytes()), shown(self.hint.as_bytes()));
        if self.hint.is_empty() {
            return format!("gatewhy: {what}\n");
        }
        format!("gatewhy: {what}\n  → {hint}\n")
    }
}
