//! nginx: its logs and its configuration.
pub mod error_log;
