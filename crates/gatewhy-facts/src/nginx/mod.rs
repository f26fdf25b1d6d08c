//! nginx: its configuration, which backend a request reaches by it, and its logs.
//!
//! - [`lexer`]: words and terminators, exactly as nginx's own tokenizer cuts them.
//! - [`tree`]: directives and blocks, with places, and with recovery where nginx
//!   would refuse to start.
//! - [`files`], [`glob`], [`config`]: reading a configuration with all its includes.
//! - [`error_log`]: records, and the symptom each one tells.
//! - [`log_format`], [`access_log`]: lines taken apart by the format that made them.
pub mod access_log;
pub mod config;
pub mod directive_names;
pub mod error_log;
pub mod files;
pub mod glob;
pub mod lexer;
pub mod log_format;
pub mod lua;
pub mod tree;
