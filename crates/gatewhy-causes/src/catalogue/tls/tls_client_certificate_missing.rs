//! The backend demands a client certificate, and the proxy sends none that it accepts.
use crate::prelude::*;

cause! {
    /// The backend demands a client certificate, and the proxy sends none that it accepts.
    ///
    /// ## How it looks
    ///
    /// 502 with `alert certificate required`, `alert handshake failure` or `alert unknown
    /// ca`; or the backend answers 400 `No required SSL certificate was sent`.
    ///
    /// ## Why it happens
    ///
    /// Mutual TLS is on at the backend; `proxy_ssl_certificate` is not set, or its
    /// certificate is from another authority.
    ///
    /// ## How to be sure
    ///
    /// The backend asks for a certificate in the handshake and refuses without one.
    ///
    /// ## How to fix it
    ///
    /// Set `proxy_ssl_certificate` and `proxy_ssl_certificate_key` to a certificate that
    /// the backend's authority signed.
    ///
    /// ## What looks the same
    ///
    /// `tls-sni-missing`: another alert, no request for a certificate.
    id: "tls-client-certificate-missing",
    explains: ["no-live-upstream"],
    weigh: weigh,
}
