//! Inheritance: which directive holds at a place of the configuration.
//!
//! A directive of a lower level replaces the one above it. Directives that may
//! stand several times (`proxy_set_header`, `error_page`, `fastcgi_param` …) are
//! inherited together, and only where the lower level has none of that name.
use super::setting::Setting;
use super::tree::Directive;
use super::upstream::gaps;
use crate::fact::Gap;
use crate::prelude::*;
use alloc::sync::Arc;

/// The levels around a place, innermost first: `if`, locations, server, http, main.
#[derive(Clone, Debug, Default)]
pub struct Scope<'a> {
    levels: Vec<&'a [Arc<Directive>]>,
}

impl<'a> Scope<'a> {
    /// Outside all blocks.
    pub fn new(main: &'a [Arc<Directive>]) -> Self {
        Self { levels: vec![main] }
    }

    /// The same, one level further in.
    #[must_use]
    pub fn inside(&self, level: &'a [Arc<Directive>]) -> Self {
        let mut levels = Vec::with_capacity(self.levels.len().saturating_add(1));
        levels.push(level);
        levels.extend(&self.levels);
        Self { levels }
    }

    /// All directives of that name at the innermost level that has one.
    pub fn all(&self, name: &str) -> Vec<&'a Arc<Directive>> {
        self.all_of(&[name])
    }

    /// The same for directives that replace each other.
    pub fn all_of(&self, names: &[&str]) -> Vec<&'a Arc<Directive>> {
        let mut found = self.levels.iter().map(|level| {
            let wanted = |d: &&Arc<Directive>| names.iter().any(|name| d.is(name));
            level.iter().filter(wanted).collect::<Vec<_>>()
        });
        found
            .find(|directives| !directives.is_empty())
            .unwrap_or_default()
    }

    /// The directive of that name that holds.
    pub fn nearest(&self, name: &str) -> Option<&'a Arc<Directive>> {
        self.all(name).pop()
    }

    /// The directives of the innermost level, whatever their name.
    pub fn own(&self) -> &'a [Arc<Directive>] {
        self.levels.first().copied().unwrap_or_default()
    }

    /// The value that holds, or nginx's default. A value that nginx would refuse
    /// counts as the default.
    pub fn value<T>(
        &self,
        name: &str,
        default: T,
        parse: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Setting<T> {
        self.optional(name, parse)
            .unwrap_or_else(|| Setting::default_value(default))
    }

    /// The value that holds, if anybody wrote one.
    pub fn optional<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Option<Setting<T>> {
        Setting::parsed(self.nearest(name)?, parse)
    }

    /// What of these levels could not be read: any value may stand there.
    pub fn gaps(&self) -> Vec<Gap> {
        self.levels.iter().flat_map(|level| gaps(level)).collect()
    }
}

/// `on` or `off`.
pub fn flag(text: &[u8]) -> Option<bool> {
    match text.to_ascii_lowercase().as_slice() {
        b"on" => Some(true),
        b"off" => Some(false),
        _ => None,
    }
}

/// Any text.
pub fn text(bytes: &[u8]) -> Option<String> {
    Some(String::from_utf8_lossy(bytes).into_owned())
}

/// The arguments as text.
pub fn arguments(directive: &Directive) -> Vec<String> {
    let args = directive.args.iter();
    args.map(|word| String::from_utf8_lossy(&word.bytes).into_owned())
        .collect()
}
