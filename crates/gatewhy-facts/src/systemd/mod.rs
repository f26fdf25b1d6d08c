//! What systemd tells: units as they are, what happened to them, how they are
//! written.
//!
//! - [`show`]: units right now; [`unit_list`]: all of them in short.
//! - [`journal`]: what happened to a unit, and what it printed.
//! - [`unit_file`], [`environment_file`]: what an administrator wrote, with places.
//! - [`exit`]: how a process ended, in systemd's words.
//! - [`socket_proxy`]: `systemd-socket-proxyd`, which passes connections on.
pub mod environment_file;
pub mod exec_line;
pub mod exit;
pub mod journal;
pub mod sandbox;
pub mod show;
pub mod socket_proxy;
pub mod unit_file;
pub mod unit_list;
pub mod unit_name;

mod quoted;
#[cfg(test)]
mod recorded;
mod secret;
mod time_span;
mod words;
