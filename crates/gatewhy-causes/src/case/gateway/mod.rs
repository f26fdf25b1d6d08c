//! The proxy that runs on this host: its process and unit, whether its configuration is
//! loaded, what it logs, and whether it has room left.
pub mod access_log;
pub mod apache_workers;
pub mod haproxy_maxconn;
pub mod held_processes;
pub mod loaded_config;
pub mod log;
pub mod misconfigured;
pub mod own_ring;
pub mod proxy;
pub mod proxy_unit;
pub mod record;
pub(crate) mod refusal;
pub mod targets;
pub mod temp_files;
pub mod unspoken;
pub mod worker_limits;
pub mod workers;
