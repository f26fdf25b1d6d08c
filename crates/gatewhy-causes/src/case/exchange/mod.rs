//! Between the proxy and a backend: who listens there, and what each says to the other.
pub mod answer;
pub mod astray;
pub mod clients;
pub mod demands;
pub mod direct;
pub mod foreign;
pub mod forlorn;
pub mod handshake;
pub mod header;
pub mod hidden;
pub mod keepalive;
pub mod link;
pub mod proxy_header;
pub mod stall;
pub mod strangers;
pub mod tls;
pub mod trust;
