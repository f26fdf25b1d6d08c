//! The result of a diagnosis: everything that is shown, and nothing else.
use crate::evidence::Evidence;
use crate::past::report::Past;
use crate::verdict::{Confidence, HopName};
use gatewhy_facts::fact::Gap;
use gatewhy_facts::linux::clock::Clock;
use gatewhy_facts::prelude::*;
use gatewhy_fixes::Fix;

/// What was found out about one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The URL, as given.
    pub target: String,
    /// The outcome in one word.
    pub verdict: Outcome,
    /// What a visitor gets.
    pub observed: Observed,
    /// What visitors may run into although an answer came: of a site that is only seen
    /// from outside.
    pub notes: Vec<String>,
    /// Where a healthy answer sends the visitor on, on the same host.
    pub redirect: Option<String>,
    /// The chain of hops, from the visitor inwards.
    pub hops: Vec<Hop>,
    /// Causes that fit, root first.
    pub causes: Vec<RankedCause>,
    /// Causes that look alike and are not it.
    pub ruled_out: Vec<RuledOut>,
    /// What the proxy itself said of our request, for when no cause fits.
    pub said: Option<Evidence>,
    /// What could not be looked at.
    pub unchecked: Vec<Gap>,
    /// What the window of time holds that was asked for, if one was.
    pub past: Option<Past>,
    /// The host's clock, so that times can be shown as its people know them.
    pub clock: Option<Clock>,
}

/// The outcome in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The target answers.
    Healthy,
    /// It fails.
    Broken,
    /// It fails sometimes.
    Intermittent,
    /// Nobody could tell.
    Undetermined,
}

impl Outcome {
    /// The word used in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Broken => "broken",
            Self::Intermittent => "intermittent",
            Self::Undetermined => "undetermined",
        }
    }
}

/// What a visitor gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// The status, when there was one.
    pub status: Option<u16>,
    /// In words: `502 Bad Gateway`, `no answer within 2.5 s`, `connection refused`.
    pub what: String,
    /// Which hop made the error: `nginx`, `backend`; `None` when nobody could tell.
    pub generated_by: Option<String>,
    /// The RFC 9209 error type that describes it.
    pub error_type: Option<&'static str>,
    /// Requests sent.
    pub requests: u32,
    /// How many of them failed.
    pub failures: u32,
}

/// One party the request passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Which party.
    pub name: HopName,
    /// What kind of party: `proxy`, `fastcgi-server`, `http-server`, ….
    pub kind: &'static str,
    /// The program: `nginx`, `php-fpm`, `node`.
    pub software: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Where it is reached.
    pub address: String,
    /// How it is.
    pub state: HopState,
    /// More about it, one line each: server block, location, process, unit.
    pub details: Vec<String>,
    /// How the hop before reaches it.
    pub link: Option<Link>,
}

/// How a hop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HopState {
    /// Works.
    Ok,
    /// Does not.
    Broken,
    /// Nobody could tell.
    Unknown,
}

impl HopState {
    /// The word used in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
        }
    }
}

/// How one hop reaches the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// `http`, `https`, `fastcgi`, `uwsgi`, `scgi`, `grpc`.
    pub protocol: String,
    /// Where it is dialled.
    pub address: String,
    /// Whether it works.
    pub state: HopState,
    /// What was seen on it, in words.
    pub seen: String,
    /// The line that configures it: `FILE:LINE`.
    pub configured_at: Option<String>,
    /// Seconds the proxy waits to connect.
    pub connect_timeout_ms: Option<u64>,
    /// Seconds the proxy waits between two reads.
    pub read_timeout_ms: Option<u64>,
}

/// A cause that fits, with its place in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedCause {
    /// The cause's id.
    pub id: &'static str,
    /// How sure.
    pub confidence: Confidence,
    /// The hop it is about.
    pub hop: HopName,
    /// What it is about.
    pub subject: String,
    /// The cause in plain words.
    pub summary: String,
    /// What follows from it here: ids of causes below it, and the symptom.
    pub explains: Vec<String>,
    /// What speaks for it.
    pub evidence: Vec<Evidence>,
    /// How to mend it.
    pub fixes: Vec<Fix>,
}

/// A cause that looks alike and is not it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuledOut {
    /// The cause's id.
    pub id: &'static str,
    /// Why not.
    pub why: String,
}
