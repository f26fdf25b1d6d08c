//! What gatewhy asks of a host, what it is told, and what that means.
//!
//! This crate cannot read, run, wait or look at a clock: it is `no_std`, so the
//! compiler holds that wall. Everything here is a pure function of the
//! [`Answers`](known::Known) that somebody else fetched.
//!
//! - [`question`]: the closed list of reads of the outside world.
//! - [`answer`]: raw bytes that came back, or why none did.
//! - [`known`]: all answers so far, and the questions nobody has answered yet.
//! - [`fact`]: what an answer means; *could not look* never becomes *is not there*.
//! - [`inventory`]: what is read, run or dialled, in words.
//! - [`recording`], [`redact`], [`bundle`]: answers that are kept, without secrets.
//!
//! Parsers, each of what its name says:
//!
//! - proxies: [`nginx`], [`apache`], [`haproxy`], and [`caddy`], [`lighttpd`], [`varnish`],
//!   [`traefik`], [`envoy`], whose routes are told alike, by [`forward`];
//! - backends, and who keeps them: [`php_fpm`], [`tomcat`], [`uwsgi`], [`registry`],
//!   [`verdaccio`], [`systemd`], [`pm2`], [`supervisord`];
//! - logs: [`log_line`] (any server's, by content), [`app_log`], with [`log_time`] and
//!   [`log_window`]; what a hop saw is a [`symptom`];
//! - conversations: [`protocol`], [`tls`], [`dns`], and [`proxy_status`] of RFC 9209;
//! - the machine: [`linux`]; whose addresses visitors come from: [`cdn`];
//! - forms: [`document`] (YAML, JSON, TOML), [`source_text`], [`untrusted`].
#![no_std]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod answer;
pub mod apache;
pub mod app_log;
pub mod bundle;
pub mod caddy;
pub mod cdn;
pub mod dns;
pub mod document;
pub mod envoy;
pub mod fact;
pub mod fate;
pub mod forward;
pub mod haproxy;
pub mod inventory;
pub mod known;
pub mod lighttpd;
pub mod linux;
pub mod log_line;
pub mod log_time;
pub mod log_window;
pub mod nginx;
pub mod path;
pub mod php_fpm;
pub mod pm2;
pub mod prelude;
pub mod protocol;
pub mod proxy_status;
pub mod question;
pub mod recording;
pub mod redact;
pub mod registry;
pub mod scan;
pub mod source_text;
pub mod supervisord;
pub mod symptom;
pub mod systemd;
pub mod time;
pub mod tls;
pub mod tomcat;
pub mod traefik;
pub mod untrusted;
pub mod uwsgi;
pub mod varnish;
pub mod verdaccio;
