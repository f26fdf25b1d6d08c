//! The backend's certificate has expired, or is not valid yet, and the proxy checks it.
use crate::prelude::*;

cause! {
    /// The backend's certificate has expired, or is not valid yet, and the proxy checks it.
    ///
    /// ## How it looks
    ///
    /// 502 with `upstream SSL certificate verify error: (10:certificate has expired)`.
    ///
    /// ## Why it happens
    ///
    /// It was not renewed, or renewed and not loaded; or the clock is wrong.
    ///
    /// ## How to be sure
    ///
    /// The certificate that the backend shows ends before now; `proxy_ssl_verify` is on.
    ///
    /// ## How to fix it
    ///
    /// Renew it on the backend and reload that server.
    ///
    /// ## What looks the same
    ///
    /// `tls-certificate-untrusted`: valid, but from an unknown authority.
    id: "tls-certificate-expired",
    explains: ["no-live-upstream"],
    weigh: weigh,
}
