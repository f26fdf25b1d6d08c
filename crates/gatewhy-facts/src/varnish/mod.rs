//! Varnish: its VCL, where a request goes by it, and what its log tells.
//!
//! - [`tokens`]: VCL cut into words, strings and signs.
//! - [`vcl`]: backends, probes, directors and subroutines, includes followed.
//! - [`statement`]: what a subroutine holds.
//! - [`expression`]: conditions and values on our own request.
//! - [`route`]: from a request to its backends.
//! - [`command_line`]: where it listens and which VCL it runs.
//! - [`log`]: transactions as `varnishlog -g request` prints them.
//! - [`ncsa`]: the file of visitors' answers that `varnishncsa` writes.
pub mod command_line;
pub mod expression;
pub mod log;
pub mod ncsa;
pub mod route;
pub mod statement;
pub mod tokens;
pub mod vcl;
