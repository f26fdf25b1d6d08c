//! lighttpd 1.4: its configuration, and where a request goes by it.
//!
//! - [`tokens`]: a text cut into words, strings and signs.
//! - [`config`]: assignments with the conditions under which they hold, includes followed.
//! - [`condition`]: `$HTTP["host"] =~ "…"` and its kin on our own request.
//! - [`route`]: from a request to its backends.
pub mod condition;
pub mod config;
pub mod route;
pub mod tokens;
