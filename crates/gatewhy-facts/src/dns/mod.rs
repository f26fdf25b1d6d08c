//! How names become addresses: the host's own settings, and what name servers say.
pub mod hosts;
pub mod lookup;
pub mod message;
pub mod nsswitch;
pub mod resolv_conf;
