//! The proxies by name: what differs from one program to the other, one file each.
pub mod apache;
pub mod caddy;
pub(crate) mod caddy_running;
pub mod envoy;
pub mod forward;
pub mod haproxy;
pub mod kind;
pub mod lighttpd;
pub(crate) mod on_disk;
pub mod relay;
pub mod stream;
pub mod told_state;
pub mod traefik;
pub(crate) mod traefik_words;
pub mod varnish;
