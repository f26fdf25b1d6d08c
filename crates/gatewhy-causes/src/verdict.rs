//! What a cause says of a case.
use crate::evidence::{Evidence, Strength};
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::prelude::*;
use gatewhy_fixes::Fix;

/// What one cause says of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It looks alike and is not it; why.
    RuledOut(String),
    /// Something would have to be looked at, and could not be.
    CannotTell(Vec<Gap>),
    /// It fits what was seen.
    Suspected(Finding),
    /// It is so, now.
    Proven(Finding),
}

/// A cause that fits, told of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The hop it is about: an index into the case's hops by name.
    pub hop: HopName,
    /// What it is about, as a person would name it: `shop.service`, `127.0.0.1:3000`.
    pub subject: String,
    /// The cause in plain words, one sentence without its full stop.
    pub summary: String,
    /// What speaks for it, the most telling first.
    pub evidence: Vec<Evidence>,
    /// Ids of causes and symptoms that follow from it here, besides those that
    /// its catalogue entry names.
    pub explains: Vec<String>,
    /// How to mend it, best first.
    pub fixes: Vec<Fix>,
    /// What could not be looked at and might tell otherwise.
    pub gaps: Vec<Gap>,
}

/// The parties of a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum HopName {
    /// Name resolution before the proxy.
    Resolver,
    /// A CDN, a load balancer or a cache before the proxy, on other machines.
    Edge,
    /// The proxy that answered.
    #[default]
    Proxy,
    /// What the proxy passes requests to.
    Backend,
    /// The machine they run on.
    Machine,
}

impl HopName {
    /// The word used in output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Resolver => "resolver",
            Self::Edge => "edge",
            Self::Proxy => "proxy",
            Self::Backend => "backend",
            Self::Machine => "machine",
        }
    }
}

impl Finding {
    /// A finding without evidence yet.
    pub fn new(hop: HopName, subject: impl Into<String>, summary: impl Into<String>) -> Self {
        Self {
            hop,
            subject: subject.into(),
            summary: summary.into(),
            evidence: Vec::new(),
            explains: Vec::new(),
            fixes: Vec::new(),
            gaps: Vec::new(),
        }
    }

    /// With one more piece of evidence.
    #[must_use]
    pub fn because(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// With more evidence.
    #[must_use]
    pub fn because_all(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// With one more fix.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// With one more consequence.
    #[must_use]
    pub fn explains(mut self, id: impl Into<String>) -> Self {
        self.explains.push(id.into());
        self
    }

    /// The strongest evidence it has.
    pub fn strength(&self) -> Strength {
        self.evidence
            .iter()
            .map(|e| e.strength)
            .max()
            .unwrap_or(Strength::Weak)
    }

    /// With no evidence stronger than that: it may all be true and yet prove less.
    #[must_use]
    pub fn at_most(mut self, strength: Strength) -> Self {
        for evidence in &mut self.evidence {
            evidence.strength = evidence.strength.min(strength);
        }
        self
    }

    /// Proven when some evidence proves it, else suspected.
    pub fn weigh(self) -> Verdict {
        if self.strength() == Strength::Proof {
            Verdict::Proven(self)
        } else {
            Verdict::Suspected(self)
        }
    }
}

impl Verdict {
    /// It looks alike and is not it.
    pub fn ruled_out(why: impl Into<String>) -> Self {
        Self::RuledOut(why.into())
    }

    /// Cannot tell because of these gaps.
    pub fn cannot_tell<'a>(gaps: impl IntoIterator<Item = &'a Gap>) -> Self {
        Self::CannotTell(gaps.into_iter().cloned().collect())
    }

    /// Cannot tell because this fact is unknown; `None` when it is known.
    pub fn unless_known<T>(fact: &Fact<T>) -> Option<Self> {
        fact.gap().map(|gap| Self::CannotTell(vec![gap.clone()]))
    }

    /// The same verdict when these things could not be looked at: then nothing is
    /// proven, and nothing ruled out.
    #[must_use]
    pub fn with_gaps(self, gaps: &[Gap]) -> Self {
        match self {
            Self::RuledOut(_) if !gaps.is_empty() => Self::CannotTell(gaps.to_vec()),
            Self::Proven(mut finding) | Self::Suspected(mut finding) if !gaps.is_empty() => {
                finding.gaps.extend_from_slice(gaps);
                Self::Suspected(finding)
            }
            other => other,
        }
    }

    /// What could not be looked at, for want of which it is no surer.
    pub fn gaps(&self) -> &[Gap] {
        match self {
            Self::CannotTell(gaps) => gaps,
            Self::Suspected(finding) | Self::Proven(finding) => &finding.gaps,
            Self::RuledOut(_) => &[],
        }
    }

    /// The finding, when the cause fits.
    pub const fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Suspected(finding) | Self::Proven(finding) => Some(finding),
            Self::RuledOut(_) | Self::CannotTell(_) => None,
        }
    }

    /// How sure it is, for people and JSON; `None` when the cause does not fit.
    pub fn confidence(&self) -> Option<Confidence> {
        match self {
            Self::Proven(_) => Some(Confidence::Certain),
            Self::Suspected(f) if f.strength() >= Strength::Strong => Some(Confidence::Likely),
            Self::Suspected(_) => Some(Confidence::Possible),
            Self::RuledOut(_) | Self::CannotTell(_) => None,
        }
    }
}

/// How sure a verdict is, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Suspected on weak evidence.
    Possible,
    /// Suspected on strong evidence.
    Likely,
    /// Proven.
    Certain,
}

impl Confidence {
    /// The word used in output and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}
