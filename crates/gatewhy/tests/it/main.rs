//! What is held against the whole program: recorded hosts, the catalogue's laws,
//! the JSON contract, the shape of the source tree.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test that cannot go on may panic"
)]
mod blindfold;
mod canary;
mod catalogue;
mod commands;
mod docs;
mod hosts;
mod incidents;
mod inventory;
mod parsers;
mod ratchet;
mod recorded_lines;
mod replay;
mod schema;
mod tree;
