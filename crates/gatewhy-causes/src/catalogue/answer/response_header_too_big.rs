//! The backend's response header is larger than the proxy's buffer for it.
use crate::prelude::*;

cause! {
    /// The backend's response header is larger than the proxy's buffer for it.
    ///
    /// ## How it looks
    ///
    /// 502 on some pages or for some users: `upstream sent too big header while reading
    /// response header from upstream`.
    ///
    /// ## Why it happens
    ///
    /// Many or long cookies, debug headers or a long redirect. The whole header must fit
    /// into one buffer: `proxy_buffer_size`, `fastcgi_buffer_size` …, 4 or 8 KiB unless
    /// set.
    ///
    /// ## How to be sure
    ///
    /// Ask the backend directly and measure its header; compare with the buffer in force.
    ///
    /// ## How to fix it
    ///
    /// Set the buffer to more than the measured size; `proxy_buffers` and
    /// `proxy_busy_buffers_size` must fit to it. Better: make the header smaller.
    ///
    /// ## What looks the same
    ///
    /// `response-header-invalid`: nginx does not like what is in it.
    /// `request-header-too-big`: the request's own header.
    id: "response-header-too-big",
    explains: [],
    weigh: weigh,
}
