//! Traefik 3 (and 2): its static configuration, the routes of its file provider, and
//! where a request goes by them.
//!
//! - [`access_log`]: what visitors got.
//! - [`api`]: what its API tells.
//! - [`command_line`]: what is set by options or by the environment.
//! - [`config`]: what the files hold.
//! - [`rule`]: the rules of routers.
//! - [`route`]: from a request to its backends.
pub mod access_log;
pub mod api;
pub mod command_line;
pub mod config;
pub mod route;
pub mod rule;
