//! HAProxy: its configuration, and which server a request reaches by it.
//!
//! - [`words`]: lines cut into words as HAProxy cuts them.
//! - [`config`]: sections with their lines, and what `defaults` gives them.
//! - [`acl`]: conditions on host and path.
//! - [`lists`]: values of conditions that stand in files.
//! - [`dynamic`]: backends that the request names, through maps too.
//! - [`route`]: from a request to its backend and servers.
//! - [`stats`]: the table of the stats socket.
//! - [`log`]: lines of `option httplog`, and what their termination state tells.
pub mod acl;
pub mod config;
pub mod dynamic;
pub mod lists;
pub mod log;
pub mod route;
pub mod stats;
pub mod words;
