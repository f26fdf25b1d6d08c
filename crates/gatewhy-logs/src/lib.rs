//! Reads gigabytes of gateway logs, and counts what failed.
//!
//! - [`scan`]: reads files to a [`tally::Tally`], on several threads.
//! - [`nginx_error`]: nginx's error log, fast.
//! - [`report`]: the tally as one screen's worth of facts.
mod cut;
pub mod hour;
pub mod intern;
pub mod nginx_error;
mod read;
pub mod report;
pub mod scan;
pub mod tally;
