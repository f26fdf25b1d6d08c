//! The proxy does not tell the backend which server name it wants.
use crate::prelude::*;

cause! {
    /// The proxy does not tell the backend which server name it wants.
    ///
    /// ## How it looks
    ///
    /// 502 with `SSL_do_handshake() failed … alert handshake failure` or `unrecognized
    /// name`.
    ///
    /// ## Why it happens
    ///
    /// `proxy_ssl_server_name` is off unless set; a backend that serves several names
    /// cannot choose a certificate.
    ///
    /// ## How to be sure
    ///
    /// The handshake fails without the name and works with it.
    ///
    /// ## How to fix it
    ///
    /// `proxy_ssl_server_name on;` and, where the name differs, `proxy_ssl_name`.
    ///
    /// ## What looks the same
    ///
    /// `tls-version-mismatch`: it fails with the name too.
    id: "tls-sni-missing",
    explains: ["no-live-upstream"],
    weigh: weigh,
}
