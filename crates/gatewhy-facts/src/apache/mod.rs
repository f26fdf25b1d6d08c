//! Apache httpd: its configuration, and which backend a request reaches by it.
//!
//! - [`words`]: lines with continuations, cut into words as httpd cuts them.
//! - [`environment`]: variables from Debian's `envvars`.
//! - [`config`]: the configuration with includes, conditions and variables resolved.
//! - [`site`]: virtual hosts, and which one takes a request.
//! - [`target`]: addresses of backends as `ProxyPass` and `SetHandler` write them.
//! - [`route`]: from a request to its backend; with [`rewrite`] and [`section`].
//! - [`tls_proxy`]: what is demanded of a backend's certificate.
//! - [`access_log`]: which access log a site writes, and in which format.
//! - [`piped`]: logs that go to `rotatelogs`.
//! - [`error_log`]: records, and the symptom each one tells.
pub mod access_log;
pub mod config;
pub mod environment;
pub mod error_log;
mod folder;
mod pass_line;
pub mod piped;
pub mod rewrite;
pub mod route;
pub mod section;
pub mod site;
pub mod target;
pub mod tls_proxy;
pub mod words;
