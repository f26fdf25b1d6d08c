//! Traefik 3 (and 2): its static configuration, the routes of its file provider, and
//! where a request goes by them.
//!
//! - [`config`]: what the files hold.
//! - [`rule`]: the rules of routers.
//! - [`route`]: from a request to its backends.
pub mod config;
pub mod route;
pub mod rule;
