//! The proxy and the backend have no TLS version or cipher in common.
use crate::prelude::*;

cause! {
    /// The proxy and the backend have no TLS version or cipher in common.
    ///
    /// ## How it looks
    ///
    /// 502 with `alert protocol version`, `unsupported protocol` or `no shared cipher`.
    ///
    /// ## Why it happens
    ///
    /// One side is very old or very strict: `proxy_ssl_protocols`, `proxy_ssl_ciphers`, or
    /// the backend's settings.
    ///
    /// ## How to be sure
    ///
    /// A handshake with other versions works; the proxy's settings do not include them.
    ///
    /// ## How to fix it
    ///
    /// Let both allow TLS 1.2 or 1.3.
    ///
    /// ## What looks the same
    ///
    /// `protocol-mismatch`: the port does not speak TLS at all.
    id: "tls-version-mismatch",
    explains: ["no-live-upstream"],
    weigh: weigh,
}
