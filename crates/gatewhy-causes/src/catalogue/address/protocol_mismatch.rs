//! The proxy and the backend speak different protocols.
use crate::prelude::*;

cause! {
    /// The proxy and the backend speak different protocols.
    ///
    /// ## How it looks
    ///
    /// 502, with `upstream sent unsupported FastCGI protocol version: 72`, `upstream
    /// prematurely closed connection`, `wrong version number`, or a page of garbage.
    ///
    /// ## Why it happens
    ///
    /// `proxy_pass` to a FastCGI, uwsgi or TLS port, `fastcgi_pass` to an HTTP server,
    /// `https://` to a plain port. Numbers in the messages are letters of the other
    /// protocol: 72 is `H`.
    ///
    /// ## How to be sure
    ///
    /// Ask the backend in both protocols: it answers the other one.
    ///
    /// ## How to fix it
    ///
    /// Use the directive or scheme of the protocol that the backend speaks.
    ///
    /// ## What looks the same
    ///
    /// `tls-version-mismatch`: both speak TLS. `response-header-too-big`: the right
    /// protocol, too much of it.
    id: "protocol-mismatch",
    explains: ["response-header-invalid", "response-closed-early", "tls-handshake-failed", "keepalive-race"],
    weigh: weigh,
}
