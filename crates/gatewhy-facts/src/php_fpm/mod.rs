//! PHP-FPM: its configuration, its log, its slow log and its status page.
//!
//! - [`ini`]: the lines of its configuration files, with places.
//! - [`config`], [`pool`]: all files together, as FPM understands them.
//! - [`log`]: records of its error log, each as an event with its fields.
//! - [`slow_log`]: where slow scripts were waiting.
//! - [`status`]: the status page, as text or JSON.
//! - [`php_message`]: what PHP itself says about a script.
pub mod config;
pub mod ini;
pub mod log;
pub mod php_log;
pub mod php_message;
pub mod pool;
pub mod slow_log;
pub mod status;
