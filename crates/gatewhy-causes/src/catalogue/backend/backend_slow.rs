//! The backend answers, but later than the proxy waits.
use crate::prelude::*;

cause! {
    /// The backend answers, but later than the proxy waits.
    ///
    /// ## How it looks
    ///
    /// 504 after the proxy's read time-out (`proxy_read_timeout`, `fastcgi_read_timeout`:
    /// 60 s unless set), on some pages.
    ///
    /// ## Why it happens
    ///
    /// The work takes long: a slow query, a remote service, too little processor time. Or
    /// the time-out is shorter than the work.
    ///
    /// ## How to be sure
    ///
    /// The proxy logs `upstream timed out … while reading response header`, and the same
    /// request sent straight to the backend is answered later than that; other requests are
    /// quick.
    ///
    /// ## How to fix it
    ///
    /// Make it faster, or do it in the background. Where the work is legitimate, raise the
    /// time-out of that location only, and keep time-outs ordered along the chain.
    ///
    /// ## What looks the same
    ///
    /// `backend-hung`: no answer ever. `connect-timeout`: the connection itself is not
    /// made. `worker-pool-exhausted`: the request waits before it is worked on.
    id: "backend-slow",
    explains: [],
    weigh: weigh,
}
