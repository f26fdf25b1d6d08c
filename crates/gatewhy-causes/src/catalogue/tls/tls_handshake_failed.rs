//! The TLS handshake with the backend fails, and no deeper reason was found.
use crate::prelude::*;

cause! {
    /// The TLS handshake with the backend fails, and no deeper reason was found.
    ///
    /// ## How it looks
    ///
    /// 502 with `SSL_do_handshake() failed` or `peer closed connection in SSL handshake`;
    /// 504 when it hangs.
    ///
    /// ## Why it happens
    ///
    /// See the other causes of this family.
    ///
    /// ## How to be sure
    ///
    /// A handshake from this host fails as well.
    ///
    /// ## How to fix it
    ///
    /// Compare what each side offers: `openssl s_client -connect ADDRESS -servername NAME`.
    ///
    /// ## What looks the same
    ///
    /// Each other cause of the family `tls-*`; `protocol-mismatch`.
    id: "tls-handshake-failed",
    explains: [],
    last_resort: true,
    weigh: weigh,
}
