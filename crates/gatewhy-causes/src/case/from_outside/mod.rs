//! A site as another machine sees it: names, addresses, hops, and the CDN before it.
pub mod edge;
pub mod fronted;
pub mod outside;
pub mod outside_hops;
pub mod outside_notes;
pub mod stale_name;
