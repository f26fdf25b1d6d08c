//! What a peer said on the wire, and what to say to it: no I/O here.
//!
//! - [`tape`]: a recorded conversation, as the answer to an exchange holds it.
//! - [`http_request`]: the bytes of a GET or HEAD request.
//! - [`http1`]: a byte-level reading of an HTTP/1 answer, faults included.
//! - [`cgi_like`]: requests to uwsgi and SCGI applications.
//! - [`error_page`]: who wrote an answer, by its headers and its page.
//! - [`fastcgi`]: requests to, and records from, a FastCGI application.
//! - [`identify`]: which protocol a peer's first bytes belong to.
pub mod cgi_like;
pub mod error_page;
pub mod fastcgi;
pub mod http1;
pub mod http_request;
pub mod identify;
pub mod tape;
