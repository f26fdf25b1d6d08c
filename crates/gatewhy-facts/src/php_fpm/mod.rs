//! PHP-FPM: its configuration, its log, its status page, its slow log.
pub mod php_message;
