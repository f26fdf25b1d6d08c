//! The proxy that runs on this host: its process and unit, whether its configuration is
//! loaded, what it logs, and whether it has room left.
pub mod access;
pub mod circle;
pub mod full;
pub mod halted;
pub mod loaded;
pub mod log;
pub mod misconfigured;
pub mod places;
pub mod proxy;
pub mod proxy_unit;
pub mod record;
pub(crate) mod refusal;
pub mod room;
pub mod scratch;
pub mod targets;
pub mod unspoken;
pub mod workers;
