//! nginx: its configuration, and which backend a request reaches by it.
//!
//! - [`lexer`]: words and terminators, exactly as nginx's own tokenizer cuts them.
//! - [`tree`]: directives and blocks, with places, and with recovery where nginx
//!   would refuse to start.
//! - [`files`], [`glob`], [`config`]: reading a configuration with all its includes.
//! - [`error_log`]: records, and the symptom each one tells.
//! - [`log_format`], [`access_log`]: lines taken apart by the format that made them.
//! - [`model`], [`listen`], [`upstream`]: what the directives mean; [`modules`]: which
//!   of them need a module of their own.
//! - [`scope`], [`settings`], [`backend_settings`], [`handler`]: what holds at one
//!   place, by nginx's rules of inheritance.
//! - [`stream`]: connections that nginx passes on without looking into them.
//! - [`route`]: from a request to its backend, step by step; with [`uri`],
//!   [`template`] (texts with variables) and [`pattern`] (PCRE over bytes).
pub mod access_log;
pub mod authority;
pub mod backend_settings;
pub mod config;
pub mod directive_names;
pub mod error_log;
pub mod files;
pub mod glob;
pub mod handler;
pub mod lexer;
pub mod listen;
pub mod log_format;
pub mod lua;
pub mod model;
mod model_problems;
pub mod modules;
pub mod pattern;
mod pattern_class;
mod pattern_text;
pub mod route;
pub mod scope;
pub mod setting;
pub mod settings;
pub mod stream;
pub mod template;
pub mod tree;
pub mod units;
pub mod upstream;
pub mod uri;
pub mod word_bytes;
