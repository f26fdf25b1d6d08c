//! The backend's response header is malformed.
use crate::prelude::*;

cause! {
    /// The backend's response header is malformed.
    ///
    /// ## How it looks
    ///
    /// 502 with `upstream sent invalid header`, `duplicate header line` or
    /// `"Content-Length" and "Transfer-Encoding" headers at the same time`; often after an
    /// upgrade of nginx.
    ///
    /// ## Why it happens
    ///
    /// The application sets headers by hand: a line break or a blank in a name, the length
    /// twice. nginx became stricter in 1.21.1 and 1.23.0.
    ///
    /// ## How to be sure
    ///
    /// Ask the backend directly and read the bytes: the fault is in them.
    ///
    /// ## How to fix it
    ///
    /// Mend the header in the application.
    ///
    /// ## What looks the same
    ///
    /// `protocol-mismatch`: it is not HTTP at all. `response-header-too-big`: nothing is
    /// wrong but the size.
    id: "response-header-invalid",
    explains: [],
    weigh: weigh,
}
