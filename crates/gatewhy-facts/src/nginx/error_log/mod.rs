//! nginx's error log.
//!
//! Every record is `TIME [level] PID#TID: *CONNECTION MESSAGE (ERRNO: words) while
//! PHASE, client: …, server: …, request: "…", upstream: "…", host: "…", referrer: "…"`
//! with the unknown parts left out, at most 2048 bytes long, and nothing escaped:
//! what a visitor or an application wrote stands there raw. So a record is read
//! from its front by grammar, and never searched for words.
mod answer;
mod classify;
mod connect;
mod context;
mod effect;
pub(crate) mod fastcgi;
mod gateway;
pub mod letters;
mod names;
mod phase;
mod protocols;
mod reader;
mod record;
mod startup;
pub(crate) mod template;
pub(crate) mod tls;
mod upstream;

pub use context::Context;
pub use effect::Effect;
pub use fastcgi::application_words;
pub use phase::Phase;
pub use reader::{ErrorLog, first, parse, parse_message, read};
pub use record::{ErrorRecord, LONGEST, Level};
pub use upstream::{Peer, Upstream};
