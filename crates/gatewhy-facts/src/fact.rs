//! What an answer means.
//!
//! [`Fact`] has three states, and there is no way to turn [`Fact::Unknown`] into
//! [`Fact::Absent`]: *could not look* never becomes *is not there*.
use crate::prelude::*;
use crate::time::Moment;

/// What is known of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact<T> {
    /// It is there, and this is it.
    Found(T, Source),
    /// Somebody looked, and it is not there.
    Absent(Source),
    /// Nobody could look.
    Unknown(Gap),
}

/// Where a fact comes from, so that a sentence can quote it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// A file, a command, a kernel interface or a probe, in words a person can
    /// repeat: `/etc/nginx/nginx.conf`, `journal of shop.service`.
    pub place: String,
    /// Line in that file, counted from 1.
    pub line: Option<u32>,
    /// When it happened, for things that happen at a time.
    pub time: Option<Moment>,
}

/// Something that nobody could look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// What was to be looked at, in words.
    pub what: String,
    /// Why that was not possible.
    pub why: Why,
    /// How to allow it, if anything would.
    pub allow_by: String,
}

/// Why nobody could look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The question has been put and is not answered yet: the next round has it.
    Pending,
    /// It could not be answered; the reason in words.
    Refused(String),
}

impl Source {
    /// A source without line or time.
    pub fn new(place: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            line: None,
            time: None,
        }
    }

    /// The same source at a line.
    #[must_use]
    pub const fn at_line(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }

    /// The same source at a moment.
    #[must_use]
    pub const fn at_time(mut self, time: Moment) -> Self {
        self.time = Some(time);
        self
    }
}

impl Gap {
    /// A gap with a reason.
    pub fn new(
        what: impl Into<String>,
        why: impl Into<String>,
        allow_by: impl Into<String>,
    ) -> Self {
        Self {
            what: what.into(),
            why: Why::Refused(why.into()),
            allow_by: allow_by.into(),
        }
    }

    /// Whether the next round will answer it.
    pub const fn is_pending(&self) -> bool {
        matches!(self.why, Why::Pending)
    }
}

impl<T> Fact<T> {
    /// The value, if it is known to be there.
    pub const fn found(&self) -> Option<&T> {
        match self {
            Self::Found(value, _) => Some(value),
            Self::Absent(_) | Self::Unknown(_) => None,
        }
    }

    /// Whether it is known not to be there.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent(_))
    }

    /// Whether nobody could look.
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// The gap, if nobody could look.
    pub const fn gap(&self) -> Option<&Gap> {
        match self {
            Self::Unknown(gap) => Some(gap),
            Self::Found(..) | Self::Absent(_) => None,
        }
    }

    /// The source, unless nobody could look.
    pub const fn source(&self) -> Option<&Source> {
        match self {
            Self::Found(_, source) | Self::Absent(source) => Some(source),
            Self::Unknown(_) => None,
        }
    }

    /// The same fact about something made from the value.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Found(value, source) => Fact::Found(make(value), source),
            Self::Absent(source) => Fact::Absent(source),
            Self::Unknown(gap) => Fact::Unknown(gap),
        }
    }

    /// The fact that follows from the value; absence and gaps go through.
    pub fn and_then<U>(self, next: impl FnOnce(T, Source) -> Fact<U>) -> Fact<U> {
        match self {
            Self::Found(value, source) => next(value, source),
            Self::Absent(source) => Fact::Absent(source),
            Self::Unknown(gap) => Fact::Unknown(gap),
        }
    }

    /// The same fact, borrowing the value.
    pub fn as_ref(&self) -> Fact<&T> {
        match self {
            Self::Found(value, source) => Fact::Found(value, source.clone()),
            Self::Absent(source) => Fact::Absent(source.clone()),
            Self::Unknown(gap) => Fact::Unknown(gap.clone()),
        }
    }
}
