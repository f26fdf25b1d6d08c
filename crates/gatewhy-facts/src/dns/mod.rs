//! Names and addresses: the resolver's configuration, and DNS answers.
pub mod hosts;
pub mod lookup;
pub mod message;
pub mod nsswitch;
pub mod resolv_conf;

mod field;
