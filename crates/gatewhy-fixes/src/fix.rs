//! A fix: ordered steps, each with its reason.
use alloc::string::String;
use alloc::vec::Vec;
use gatewhy_facts::path::HostPath;

/// How to mend a cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in one line that can stand alone.
    pub title: String,
    /// Whether it may be applied without thinking.
    pub disposition: Disposition,
    /// What to do, in order.
    pub steps: Vec<Step>,
}

/// Whether a fix may be applied without thinking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disposition {
    /// It restores what the host is already configured to be, and loses nothing.
    Safe,
    /// It changes behaviour, or the right value is for a person to choose.
    #[default]
    NeedsReview,
}

/// One step of a fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A line of a file becomes another.
    Edit {
        /// The file.
        file: HostPath,
        /// The line, counted from 1.
        line: u32,
        /// The line as it is, without its indentation; empty to put a new line in
        /// front of it, indented alike.
        before: String,
        /// The line as it should be; empty to remove it.
        after: String,
        /// Why.
        why: String,
    },
    /// A command to run as root.
    Run {
        /// The command, as typed.
        command: String,
        /// What it is for.
        why: String,
    },
    /// A command that shows whether the fix worked.
    Verify {
        /// The command, as typed.
        command: String,
        /// What it must show.
        expect: String,
    },
    /// Something only a person can do.
    Advise {
        /// What to do.
        text: String,
    },
}

impl Fix {
    /// A fix that needs review, without steps yet.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            disposition: Disposition::NeedsReview,
            steps: Vec::new(),
        }
    }

    /// The same fix, marked safe.
    #[must_use]
    pub const fn safe(mut self) -> Self {
        self.disposition = Disposition::Safe;
        self
    }

    /// With one more command.
    #[must_use]
    pub fn run(mut self, command: impl Into<String>, why: impl Into<String>) -> Self {
        self.steps.push(Step::Run {
            command: command.into(),
            why: why.into(),
        });
        self
    }

    /// With one more check of success.
    #[must_use]
    pub fn verify(mut self, command: impl Into<String>, expect: impl Into<String>) -> Self {
        self.steps.push(Step::Verify {
            command: command.into(),
            expect: expect.into(),
        });
        self
    }

    /// With one more piece of advice.
    #[must_use]
    pub fn advise(mut self, text: impl Into<String>) -> Self {
        self.steps.push(Step::Advise { text: text.into() });
        self
    }

    /// With one more changed line.
    #[must_use]
    pub fn edit(mut self, at: (&HostPath, u32), change: (&str, &str), why: &str) -> Self {
        self.steps.push(Step::Edit {
            file: at.0.clone(),
            line: at.1,
            before: change.0.into(),
            after: change.1.into(),
            why: why.into(),
        });
        self
    }

    /// With one more line in front of a line.
    #[must_use]
    pub fn insert(self, at: (&HostPath, u32), line: &str, why: &str) -> Self {
        self.edit(at, ("", line), why)
    }

    /// The commands of all steps, in order.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match step {
            Step::Run { command, .. } | Step::Verify { command, .. } => Some(command.as_str()),
            Step::Edit { .. } | Step::Advise { .. } => None,
        })
    }
}
