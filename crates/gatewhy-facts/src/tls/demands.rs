//! What a proxy demands of a backend's certificate, in terms that all proxies share.
use crate::prelude::*;
use crate::source_text::Place;

/// What is checked of the certificate that a backend shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demands {
    /// Whether it must come from a trusted authority.
    pub authority: bool,
    /// Whether it must be valid now.
    pub dates: bool,
    /// The name that it must be for, when one must fit.
    pub name: Option<String>,
    /// How many certificates may stand between it and the root; no limit without.
    pub depth: Option<u64>,
    /// The file of trusted certificates as it is written, with the directive.
    pub trusted: Option<(String, Place)>,
}

impl Demands {
    /// What a program in Go checks unless it is told otherwise: all, with the name or
    /// address that it dials.
    pub fn of_go(name: Option<String>, trusted: Option<(String, Place)>) -> Self {
        Self {
            authority: true,
            dates: true,
            name,
            depth: None,
            trusted,
        }
    }

    /// Whether anything is checked at all.
    pub const fn is_any(&self) -> bool {
        self.authority || self.dates || self.name.is_some()
    }
}
