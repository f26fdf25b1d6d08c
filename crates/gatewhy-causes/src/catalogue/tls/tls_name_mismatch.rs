//! The backend's certificate is for another name than the one the proxy checks.
use crate::prelude::*;

cause! {
    /// The backend's certificate is for another name than the one the proxy checks.
    ///
    /// ## How it looks
    ///
    /// 502 with `upstream SSL certificate does not match "…"`.
    ///
    /// ## Why it happens
    ///
    /// nginx checks the name in `proxy_pass` (an address, or the name of the `upstream`
    /// block) unless `proxy_ssl_name` says otherwise.
    ///
    /// ## How to be sure
    ///
    /// The names in the certificate do not include the name in force.
    ///
    /// ## How to fix it
    ///
    /// Set `proxy_ssl_name` to a name in the certificate, or get a certificate for the
    /// name.
    ///
    /// ## What looks the same
    ///
    /// `tls-sni-missing`: the backend would have another certificate, if only it were told
    /// the name.
    id: "tls-name-mismatch",
    explains: ["no-live-upstream"],
    weigh: weigh,
}
