//! The machine beneath: processes, sockets, names, packet filters, rights, containers.
pub mod container;
pub mod dns;
pub mod filter;
pub mod host;
pub mod machine;
pub mod passage;
pub mod path_to;
pub mod people;
pub mod policy;
pub mod track;
pub mod unit_filter;
