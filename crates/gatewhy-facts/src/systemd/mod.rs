//! What systemd tells: units as they are, what happened to them, how they are
//! written.
pub mod exit;
pub mod journal;
pub mod show;
pub mod unit_file;
pub mod unit_list;

mod secret;
mod time_span;
mod words;
