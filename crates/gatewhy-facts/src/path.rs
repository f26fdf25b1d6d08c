//! Paths of the diagnosed host.
//!
//! They are not local paths: the host may be a recording or another machine, so
//! the standard library's path type would only tempt somebody to open them.
use crate::prelude::*;
use alloc::sync::Arc;
use core::fmt;

/// An absolute path on the diagnosed host, as that host spells it. Cheap to
/// clone: every place in a configuration names its file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPath(Arc<str>);

impl HostPath {
    /// Takes a path as the host spelt it.
    pub fn new(path: impl Into<String>) -> Self {
        Self(Arc::from(path.into()))
    }

    /// The path's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder that holds this path; `/` for a path without one.
    #[must_use]
    pub fn parent(&self) -> Self {
        match self.0.trim_end_matches('/').rfind('/') {
            None | Some(0) => Self::new("/"),
            Some(at) => Self::new(&self.0[..at]),
        }
    }

    /// The last element, without its folder.
    pub fn file_name(&self) -> &str {
        let path = self.0.trim_end_matches('/');
        path.rfind('/').map_or(path, |at| &path[at + 1..])
    }

    /// `other` seen from this folder: itself when absolute, else below this one.
    #[must_use]
    pub fn join(&self, other: &str) -> Self {
        if other.starts_with('/') {
            return Self::new(other);
        }
        Self::new(format!("{}/{other}", self.0.trim_end_matches('/')))
    }
}

impl fmt::Display for HostPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&crate::untrusted::shown(self.0.as_bytes()), f)
    }
}

impl From<&str> for HostPath {
    fn from(path: &str) -> Self {
        Self::new(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parent_file_name_and_join_agree_with_the_host() {
        let path = HostPath::new("/etc/nginx/sites-enabled/shop");
        assert_eq!(path.parent().as_str(), "/etc/nginx/sites-enabled");
        assert_eq!(path.file_name(), "shop");
        assert_eq!(HostPath::new("/x").parent().as_str(), "/");
        assert_eq!(HostPath::new("/etc").join("a/b").as_str(), "/etc/a/b");
        assert_eq!(HostPath::new("/etc").join("/a").as_str(), "/a");
    }
}
