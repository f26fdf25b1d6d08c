//! The request's way through the configuration: server, location, backends.
pub mod access_check;
pub mod asked_besides;
pub mod buffers;
pub mod chain;
pub mod header_limit;
pub mod hops;
pub mod no_address;
pub mod peer;
pub mod route;
pub mod source_address;
pub mod way;
