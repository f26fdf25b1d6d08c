//! The machine beneath: processes, sockets, names, packet filters, rights, containers.
pub mod after;
pub mod conntrack;
pub mod container;
pub mod dns;
pub mod filter;
pub mod host;
pub mod machine;
pub mod policy;
pub mod route_to;
pub mod socket_access;
pub mod unit_filter;
pub mod users;
