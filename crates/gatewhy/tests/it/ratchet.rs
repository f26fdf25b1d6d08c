//! Exceptions to the laws, in `ratchet.toml` beside this file. Each list may only
//! shrink: an exception that is no longer needed has to go.
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The exceptions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Ratchet {
    /// Causes that come first on no recorded host.
    pub(crate) without_host: BTreeSet<String>,
    /// Causes that no recorded host rules out or must not list.
    pub(crate) without_near_miss: BTreeSet<String>,
    /// `CAUSE: QUESTION → CHANGE` where a denied answer makes a cause more certain.
    pub(crate) blindfold: BTreeSet<String>,
}

static RATCHET: LazyLock<Ratchet> =
    LazyLock::new(|| toml::from_str(include_str!("ratchet.toml")).unwrap());

/// The exceptions.
pub(crate) fn exceptions() -> &'static Ratchet {
    &RATCHET
}

/// Fails unless `found` is exactly what is excepted.
pub(crate) fn hold(law: &str, found: &BTreeSet<String>, excepted: &BTreeSet<String>) {
    let new: Vec<_> = found.difference(excepted).collect();
    assert!(new.is_empty(), "{law}: {new:#?}");
    let gone: Vec<_> = excepted.difference(found).collect();
    assert!(
        gone.is_empty(),
        "{law}: no longer needed in ratchet.toml: {gone:#?}"
    );
}
