//! Between the proxy and a backend: who listens there, and what each says to the other.
pub mod abandoned_requests;
pub mod allowed_clients;
pub mod answer;
pub mod certificate_demands;
pub mod direct;
pub mod handshake;
pub mod header;
pub mod keepalive;
pub mod link;
pub mod other_namespace;
pub mod other_servers;
pub mod proxy_header;
pub mod spoken_protocol;
pub mod stall;
pub mod tls;
pub mod trust;
pub mod wrong_address;
