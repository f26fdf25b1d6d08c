//! Reads gigabytes of gateway logs, and counts what failed.
//!
//! - [`scan`]: reads files to a [`tally::Tally`], on several threads.
//! - [`nginx_error`]: nginx's error log, fast.
//! - [`report`]: the tally as one screen's worth of facts.
#[cfg(feature = "object-store")]
mod bucket;
mod cut;
pub mod events;
pub mod follow;
mod glob;
mod grammar;
pub mod hour;
pub mod intern;
mod lanes;
mod near;
pub mod nginx_access;
pub mod nginx_error;
pub mod other;
pub mod packed;
mod pages;
mod quotes;
mod read;
pub mod report;
pub mod scan;
mod source;
mod stream;
pub mod tally;
pub mod utf16;
