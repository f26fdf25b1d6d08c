//! The proxy does not trust the authority behind the backend's certificate.
use crate::prelude::*;

cause! {
    /// The proxy does not trust the authority behind the backend's certificate.
    ///
    /// ## How it looks
    ///
    /// 502 with `upstream SSL certificate verify error: (18:self-signed certificate)`,
    /// `(19:…)`, `(20:unable to get local issuer certificate)` or `(21:…)`.
    ///
    /// ## Why it happens
    ///
    /// A self-signed certificate or a private authority that
    /// `proxy_ssl_trusted_certificate` does not hold, a missing intermediate certificate,
    /// or a chain longer than `proxy_ssl_verify_depth` (1).
    ///
    /// ## How to be sure
    ///
    /// The chain that the backend shows does not end in one of the trusted certificates.
    ///
    /// ## How to fix it
    ///
    /// Put the authority's certificate into `proxy_ssl_trusted_certificate`; let the
    /// backend send its whole chain.
    ///
    /// ## What looks the same
    ///
    /// `tls-certificate-expired`, `tls-name-mismatch`.
    id: "tls-certificate-untrusted",
    explains: ["no-live-upstream"],
    weigh: weigh,
}
