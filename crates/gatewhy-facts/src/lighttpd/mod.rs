//! lighttpd 1.4: its configuration, and where a request goes by it.
//!
//! - [`tokens`]: a text cut into words, strings and signs.
//! - [`config`]: assignments with the conditions under which they hold, includes followed.
//! - [`condition`]: `$HTTP["host"] =~ "…"` and its kin on our own request.
//! - [`route`]: from a request to its backends.
//! - [`access_log`]: the access log that it goes to, and the format of its lines.
pub mod access_log;
pub mod condition;
pub mod config;
pub mod route;
pub mod tokens;
